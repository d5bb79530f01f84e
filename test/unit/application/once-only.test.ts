import { expect } from 'chai';
import {
  onceOnly,
  type KeyedHandler,
  type KeyedWrite,
  type OnceSpec,
} from '../../../src/application/once-only.ts';
import type { IdempotencyKey } from '../../../src/domain/idempotency/idempotency-key.ts';
import type { IdempotencyKeys } from '../../../src/domain/idempotency/idempotency-keys.ts';
import { left, right, type Either } from '../../../src/domain/shared/fp.ts';
import type { TenantContext } from '../../../src/domain/shared/tenant-context.ts';
import { answerOf, failureOf } from '../../support/command-fixture.ts';
import { aContext } from '../../support/an-external-service.ts';
import { fixedClock, turn } from '../../support/fixed-clock.ts';
import { KEY_LEASE_MS, memoryIdempotencyKeys } from '../../support/memory-idempotency-keys.ts';

type Query = { readonly rows: readonly string[] };
type Answer = { readonly range: string };
type Failure = { readonly kind: 'refused' | 'unclear' };

const spec: OnceSpec<Query, Answer, Failure> = {
  operation: 'append',
  asked: ({ rows }) => ({ rows }),
  codec: {
    encode: (answer) => ({ kept: answer.range }),
    decode: (stored) =>
      typeof stored === 'object' && stored !== null && 'kept' in stored
        ? right({ range: String(stored.kept) })
        : left('not an answer'),
  },
  mayHaveWritten: ({ kind }) => kind === 'unclear',
};
const KEY = 'order-17' as IdempotencyKey;
const query: Query = { rows: ['a'] };
const answer: Answer = { range: 'A1:A1' };

describe('a command done once for each key', () => {
  let clock: ReturnType<typeof fixedClock>;
  let keys: IdempotencyKeys;
  let told: (KeyedWrite | undefined)[];
  let notKept: string[];
  /** The outcomes of the next attempts; a right if nothing is scripted. */
  let outcomes: (() => Promise<Either<Failure, Answer>>)[];
  const handler: KeyedHandler<Query, Answer, Failure> = async (_ctx, _query, keyed) => {
    told.push(keyed);
    return (outcomes.shift() ?? (async () => right(answer)))();
  };
  const deps = () => ({
    keys,
    sleep: clock.sleep,
    renewEveryMs: 5_000,
    onNotKept: (e: unknown, { tenantId }: TenantContext) => void notKept.push(`${tenantId}: ${String(e)}`),
  });
  const send = (change: Partial<{ key: IdempotencyKey | undefined; query: Query }> = {}) =>
    onceOnly(deps())(spec, handler)(aContext(), { key: KEY, query, ...change });

  beforeEach(() => {
    clock = fixedClock();
    keys = memoryIdempotencyKeys(clock);
    told = [];
    notKept = [];
    outcomes = [];
  });

  it('just runs without a key, every time', async () => {
    for (const _ of [1, 2])
      expect(await answerOf(send({ key: undefined }))).to.deep.equal({ answer, replayed: false });
    expect(told).to.deep.equal([undefined, undefined]);
  });

  it('runs once with a key, and gives a repeat the stored answer, marked as such', async () => {
    expect(await answerOf(send())).to.deep.equal({ answer, replayed: false });
    expect(await answerOf(send())).to.deep.equal({ answer, replayed: true });
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ isTakeover: false }).and.to.have.property('mark').above(0);
    expect(clock.pending()).to.equal(0);
  });

  it('reports where the mark of its rows is, once the answer is kept', async () => {
    const placed = onceOnly(deps())(
      { ...spec, markPlace: async (_ctx, { rows }) => `of ${rows.join()}` },
      handler,
    );
    await answerOf(placed(aContext(), { key: KEY, query }));
    const { tenantId } = aContext();
    expect(await keys.spentMarks(tenantId, 'of a', { ms: 0, takenOverMs: 0, inDoubtMs: 0 }, 9)).to.deep.equal(
      [told[0]?.mark],
    );
  });

  it('keeps its mark for longer where a request that was given up may yet arrive', async () => {
    const placed = onceOnly(deps())(
      { ...spec, markPlace: async () => 'a sheet', mayComeAgain: ({ range }) => range === answer.range },
      handler,
    );
    outcomes = [async () => right(answer), async () => right({ range: 'B1:B1' })];
    for (const key of ['came-late', 'came-once'])
      await answerOf(placed(aContext(), { key: key as IdempotencyKey, query }));
    const spent = { ms: 0, takenOverMs: 60_000, inDoubtMs: 0 };
    expect(await keys.spentMarks(aContext().tenantId, 'a sheet', spent, 9)).to.deep.equal([told[1]?.mark]);
  });

  it('refuses another body under the key', async () => {
    await answerOf(send());
    expect(await failureOf(send({ query: { rows: ['b'] } }))).to.deep.equal({ kind: 'idempotency-mismatch' });
    expect(told).to.have.length(1);
  });

  it('refuses the key of another operation', async () => {
    await answerOf(send());
    const other = onceOnly(deps())({ ...spec, operation: 'write' }, handler);
    expect(await failureOf(other(aContext(), { key: KEY, query }))).to.deep.equal({
      kind: 'idempotency-mismatch',
    });
  });

  it('refuses a repeat of what is under way, however long it takes, and says when to come again', async () => {
    let finish = (): void => undefined;
    outcomes = [
      () =>
        new Promise((resolve) => {
          finish = () => resolve(right(answer));
        }),
    ];
    const first = send();
    await clock.run(4 * KEY_LEASE_MS);
    expect(await failureOf(send())).to.deep.equal({ kind: 'idempotency-in-progress', retryAfterMs: 1_000 });
    finish();
    expect(await answerOf(first)).to.deep.equal({ answer, replayed: false });
    expect(await answerOf(send())).to.deep.equal({ answer, replayed: true });
    expect(told).to.have.length(1);
  });

  it('forgets the key when nothing was written, so that the caller can correct the request', async () => {
    outcomes = [async () => left({ kind: 'refused' })];
    expect(await failureOf(send())).to.deep.equal({ kind: 'refused' });
    expect(await answerOf(send({ query: { rows: ['mended'] } }))).to.include({ replayed: false });
    expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, false]);
  });

  it('lets a repeat find out what may have been written, with the same mark', async () => {
    outcomes = [async () => left({ kind: 'unclear' })];
    expect(await failureOf(send())).to.deep.equal({ kind: 'unclear' });
    expect(await failureOf(send({ query: { rows: ['b'] } }))).to.deep.equal({ kind: 'idempotency-mismatch' });
    expect(await answerOf(send())).to.include({ replayed: false });
    expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, true]);
    expect(told[1]?.mark).to.equal(told[0]?.mark);
  });

  it('keeps the doubt when the try that was to find out got nowhere', async () => {
    outcomes = [async () => left({ kind: 'unclear' }), async () => left({ kind: 'refused' })];
    await failureOf(send());
    await failureOf(send());
    await answerOf(send());
    expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, true, true]);
    expect(new Set(told.map((keyed) => keyed?.mark)).size).to.equal(1);
  });

  it('tells who takes over what its failure means while the earlier try is in doubt, and nobody else', async () => {
    outcomes = [
      async () => left({ kind: 'refused' }),
      async () => left({ kind: 'unclear' }),
      async () => left({ kind: 'refused' }),
    ];
    const asked: unknown[] = [];
    const inDoubt: typeof spec.inDoubt = (failure, ...rest) => {
      asked.push([failure, ...rest.map((of) => ('maybeSent' in of ? of.maybeSent : of))]);
      return { kind: 'unclear' };
    };
    const careful = () => onceOnly(deps())({ ...spec, inDoubt }, handler)(aContext(), { key: KEY, query });
    expect(await failureOf(careful())).to.deep.equal({ kind: 'refused' });
    expect(await failureOf(careful())).to.deep.equal({ kind: 'unclear' });
    expect(await failureOf(careful())).to.deep.equal({ kind: 'unclear' });
    expect(asked).to.deep.equal([[{ kind: 'refused' }, query, false]]);
    expect(await answerOf(careful())).to.include({ replayed: false });
    expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, false, true, true]);
  });

  it('leaves in doubt a write that threw, since the provider may have answered before', async () => {
    outcomes = [() => Promise.reject(new Error('no trail'))];
    expect(String(await send().catch((error: unknown) => error))).to.include('no trail');
    expect(await answerOf(send())).to.include({ replayed: false });
    expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, true]);
  });

  it('reports the failure of a write that threw only when its doubt is stored, so that the next repeat can find out', async () => {
    const stored: string[] = [];
    keys = {
      ...keys,
      leaveInDoubt: async () => {
        await turn();
        stored.push('in doubt');
      },
    };
    outcomes = [() => Promise.reject(new Error('no trail'))];
    await send().catch(() => stored.push('told'));
    expect(stored).to.deep.equal(['in doubt', 'told']);
  });

  it('answers for itself but stores nothing when somebody took over meanwhile', async () => {
    let finish = (): void => undefined;
    outcomes = [
      () =>
        new Promise((resolve) => {
          finish = () => resolve(right({ range: 'late' }));
        }),
    ];
    const { renew } = keys;
    keys = { ...keys, renew: async () => false };
    const first = send();
    await turn();
    clock.advance(KEY_LEASE_MS + 1);
    keys = { ...keys, renew };
    expect(await answerOf(send())).to.deep.equal({ answer, replayed: false });
    finish();
    expect(await answerOf(first)).to.deep.equal({ answer: { range: 'late' }, replayed: false });
    expect(await answerOf(send())).to.deep.equal({ answer, replayed: true });
  });

  it('asks nobody while the keys are away', async () => {
    keys = { ...keys, claim: () => Promise.reject(new Error('away')) };
    expect(String(await send().catch((error: unknown) => error))).to.include('away');
    expect(told).to.deep.equal([]);
  });

  it('tells the truth also when it cannot be kept, and lets a repeat find out', async () => {
    const { finish } = keys;
    keys = { ...keys, finish: () => Promise.reject(new Error('away')) };
    expect(await answerOf(send())).to.deep.equal({ answer, replayed: false });
    expect(notKept).to.deep.equal([`${aContext().tenantId}: Error: away`]);
    keys = { ...keys, finish };
    expect(await failureOf(send())).to.have.property('kind', 'idempotency-in-progress');
    clock.advance(KEY_LEASE_MS + 1);
    await answerOf(send());
    expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, true]);
  });

  /**
   * Keys whose store is not reached by this many of the first steps of that name; if `isMade`, the step takes effect
   * all the same.
   */
  const unreached = (step: 'finish' | 'release' | 'leaveInDoubt', isMade: boolean): IdempotencyKeys => {
    const real = keys;
    let isFirst = true;
    const broken = async (...args: Parameters<IdempotencyKeys['finish']>): Promise<boolean> => {
      const answered = !isFirst || isMade ? await real[step](...args) : false;
      if (isFirst) {
        isFirst = false;
        throw new Error('connection lost');
      }
      return answered === true;
    };
    return { ...real, [step]: broken };
  };
  for (const isMade of [true, false]) {
    const what = isMade ? 'but the word that it was' : '';
    it(`keeps an answer with a second try when the first was lost ${what}`, async () => {
      keys = unreached('finish', isMade);
      expect(await answerOf(send())).to.deep.equal({ answer, replayed: false });
      expect(await answerOf(send())).to.deep.equal({ answer, replayed: true });
      expect(notKept).to.deep.equal([]);
    });

    it(`gives a key back with a second try when the first was lost ${what}`, async () => {
      keys = unreached('release', isMade);
      outcomes = [async () => left({ kind: 'refused' })];
      await failureOf(send());
      expect(await answerOf(send({ query: { rows: ['mended'] } }))).to.include({ replayed: false });
      expect(notKept).to.deep.equal([]);
    });

    it(`leaves a key in doubt with a second try when the first was lost ${what}`, async () => {
      keys = unreached('leaveInDoubt', isMade);
      outcomes = [async () => left({ kind: 'unclear' })];
      await failureOf(send());
      expect(await answerOf(send())).to.include({ replayed: false });
      expect(told.map((keyed) => keyed?.isTakeover)).to.deep.equal([false, true]);
    });
  }

  it('does nothing again when a stored answer cannot be read any more', async () => {
    await answerOf(send());
    const newer = onceOnly(deps())({ ...spec, codec: { ...spec.codec, decode: () => left('old') } }, handler);
    const failure = await newer(aContext(), { key: KEY, query }).catch((error: unknown) => error);
    expect(String(failure)).to.include('the stored answer of append cannot be read');
    expect(told).to.have.length(1);
  });
});
