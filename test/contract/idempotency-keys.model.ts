import { expect } from 'chai';
import fc from 'fast-check';
import type { IdempotencyKey } from '../../src/domain/idempotency/idempotency-key.ts';
import type { IdempotencyKeys, KeyClaim, KeyLease } from '../../src/domain/idempotency/idempotency-keys.ts';
import { TENANT } from '../support/an-external-service.ts';

/** Keys on a clock that can be advanced. It may also run by itself. */
export type KeysInTime = {
  readonly keys: IdempotencyKeys;
  readonly leaseMs: number;
  /** Milliseconds by the store's clock. */
  readonly now: () => Promise<number>;
  readonly pass: (ms: number) => Promise<void>;
};

/** An attempt at the write. It may stall for any length of time between two of its steps, or for ever. */
type Try = {
  readonly lease: KeyLease;
  readonly mark: number;
  readonly maybeSent: boolean;
  leasedUntil: number;
  sent: boolean;
};

type Step =
  | { readonly kind: 'claim'; readonly body: 'a' | 'b' }
  | { readonly kind: 'send' | 'renew' | 'finish' | 'doubt' | 'give-up'; readonly of: number }
  | { readonly kind: 'wait'; readonly ms: number };

const aStep = (leaseMs: number): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('claim' as const), body: fc.constantFrom('a', 'b') }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('send', 'renew', 'finish', 'doubt', 'give-up'),
        of: fc.nat({ max: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(1, leaseMs - 1, leaseMs, leaseMs + 1),
      }),
    },
  );

/** Callers, lease holders, and a provider that writes each mark once, all on one clock. */
const simulation = ({ keys, leaseMs, now, pass }: KeysInTime, key: IdempotencyKey) => {
  const tries: Try[] = [];
  /** The marks of which the provider holds rows, with the body they were sent for. */
  const written = new Map<number, string>();
  const bodies = new Map<number, string>();
  /** How often it was sent to a provider without marks, by attempts that had announced it and were allowed to. */
  let unmarked = 0;
  let finishes = 0;
  let answer: Extract<KeyClaim, { readonly kind: 'finished' }> | undefined;

  const claim = async (body: string): Promise<void> => {
    const before = await now();
    const found = await keys.claim(TENANT, { key, fingerprint: body });
    const after = await now();
    if (answer !== undefined)
      expect(found, 'a finished answer never changes').to.deep.equal(
        found.kind === 'mismatch' ? { kind: 'mismatch' } : answer,
      );
    if (found.kind === 'finished') answer = found;
    if (found.kind !== 'claimed') return;
    const { lease, mark, isTakeover, maybeSent } = found;
    const holders = tries.filter(({ leasedUntil }) => leasedUntil >= after);
    expect(holders, 'at most one holder at a time').to.deep.equal([]);
    expect(isTakeover || written.size === 0, 'what may be done is never begun anew').to.equal(true);
    if (isTakeover) expect(bodies.get(mark), 'the mark and the body of the first claim').to.equal(body);
    bodies.set(mark, body);
    tries.push({ lease, mark, maybeSent, leasedUntil: before + leaseMs, sent: false });
  };
  /** A finished attempt may finish again, or give up late, as one whose answer was lost would. */
  const end = async (one: Try, step: 'finish' | 'doubt' | 'give-up'): Promise<void> => {
    finishes += 1;
    if (step === 'finish' && one.sent) return void (await keys.finish(one.lease, `answer ${finishes}`));
    tries.splice(tries.indexOf(one), 1);
    if (step === 'doubt' || one.sent) await keys.leaveInDoubt(one.lease);
    else await keys.release(one.lease);
  };
  const step = async (of: Try, kind: Exclude<Step['kind'], 'claim' | 'wait'>): Promise<void> => {
    if (kind === 'send') {
      if (!of.sent && !of.maybeSent && (await keys.sending(of.lease))) unmarked += 1;
      of.sent = true;
      written.set(of.mark, bodies.get(of.mark) ?? '');
    } else if (kind === 'renew') {
      const before = await now();
      if (await keys.renew(of.lease)) of.leasedUntil = before + leaseMs;
    } else await end(of, kind);
  };
  return {
    take: async (next: Step): Promise<void> => {
      if (next.kind === 'wait') return pass(next.ms);
      if (next.kind === 'claim') return claim(next.body);
      const one = tries[next.of % Math.max(1, tries.length)];
      if (one !== undefined) await step(one, next.kind);
    },
    written,
    unmarked: () => unmarked,
  };
};

let runs = 0;

/** Holds whichever attempt dies, stalls or comes back late. */
export const itKeepsClaimsApart = (open: () => KeysInTime, numRuns: number): void => {
  it('has one holder at a time, one mark at the provider and one final answer, whoever dies or comes late', async () => {
    const steps = fc.array(aStep(open().leaseMs), { minLength: 20, maxLength: 80, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, async (course) => {
        const key = `course-${(runs += 1)}` as IdempotencyKey;
        const { take, written, unmarked } = simulation(open(), key);
        for (const next of course) {
          await take(next);
          expect(written.size, 'rows at the provider').to.be.at.most(1);
          expect(unmarked(), 'rows at one that knows no marks').to.be.at.most(1);
        }
      }),
      { numRuns },
    );
  });
};
