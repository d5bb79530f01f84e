import { expect } from 'chai';
import { markPlaceOf, sweepMarks } from '../../../../src/application/spreadsheet/sweep-marks.ts';
import { idempotencyKey } from '../../../../src/domain/idempotency/idempotency-key.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { KEY_LEASE_MS, memoryIdempotencyKeys } from '../../../support/memory-idempotency-keys.ts';
import { anAccess } from '../../../support/provider-access.ts';

const away: ProviderError = { kind: 'provider-unavailable', message: 'away' };
const DAY_MS = 86_400_000;
const spent: ProviderError = { kind: 'quota-exceeded', scope: 'service', retryAfterMs: 1, message: 'spent' };

describe('marks that nobody can ask for any more', () => {
  let clock: ReturnType<typeof fixedClock>;
  let keys: ReturnType<typeof memoryIdempotencyKeys>;
  let forgotten: number[];
  let failures: string[];
  let answer: Either<ProviderError, void>;
  beforeEach(() => {
    clock = fixedClock();
    keys = memoryIdempotencyKeys(clock);
    forgotten = [];
    failures = [];
    answer = right(undefined);
  });

  const access = anAccess();
  const keyed = (n: number) => {
    const key = idempotencyKey(`k-${clock.now()}-${n}`);
    if (isLeft(key)) throw new Error('no key');
    return { key: key.right, fingerprint: 'f', markPlace: markPlaceOf('sheet-1') };
  };
  const finish = async (count: number, isTakeover = false): Promise<void> => {
    const requests = Array.from({ length: count }, (_, n) => keyed(n));
    if (isTakeover) {
      for (const request of requests) await keys.claim(access.tenantId, request);
      clock.advance(KEY_LEASE_MS + 1);
    }
    for (const request of requests) {
      const claim = await keys.claim(access.tenantId, request);
      if (claim.kind === 'claimed') await keys.finish(claim.lease, 'done');
    }
  };
  const sweep = () =>
    sweepMarks({
      keys,
      keysKnownMs: DAY_MS,
      spreadsheet: {
        forgetMarks: async (_access, { marks }) => {
          if (!isLeft(answer)) forgotten.push(...marks);
          return answer;
        },
      },
      onNotSwept: (error) => void failures.push(String(error)),
    })(access, 'sheet-1');

  it('stay for ten seconds, while a request that carries them may be on its way', async () => {
    await finish(200);
    clock.advance(9_999);
    await sweep();
    expect(forgotten).to.deep.equal([]);
    clock.advance(1);
    await sweep();
    expect(forgotten).to.have.length(200);
    await sweep();
    expect(forgotten).to.have.length(200);
  });

  it('stay for 200 seconds where an earlier request was given up, which may be carried out as long', async () => {
    await finish(200, true);
    clock.advance(199_999);
    await sweep();
    expect(forgotten).to.deep.equal([]);
    clock.advance(1);
    await sweep();
    expect(forgotten).to.have.length(200);
  });

  it('stay while they are few, for an hour', async () => {
    await finish(199);
    clock.advance(3_599_999);
    await sweep();
    expect(forgotten).to.deep.equal([]);
    clock.advance(1);
    await sweep();
    expect(forgotten).to.have.length(199);
  });

  it('stay as long as a repeat of one in doubt is known, and then go though they are few', async () => {
    const claim = await keys.claim(access.tenantId, keyed(1));
    if (claim.kind === 'claimed') await keys.leaveInDoubt(claim.lease);
    await keys.claim(access.tenantId, keyed(2));
    clock.advance(DAY_MS - 1);
    await sweep();
    expect(forgotten).to.deep.equal([]);
    clock.advance(1);
    await sweep();
    expect(forgotten).to.have.length(2);
    await sweep();
    expect(forgotten).to.have.length(2);
  });

  it('go five hundred at a time', async () => {
    await finish(600);
    clock.advance(10_000);
    await sweep();
    expect(forgotten).to.have.length(500);
  });

  it('stay for the next time when the quota is spent, or the provider or the keys are away', async () => {
    await finish(200);
    clock.advance(10_000);
    answer = left(spent);
    await sweep();
    expect(failures).to.deep.equal([]);
    answer = left(away);
    await sweep();
    const { spentMarks } = keys;
    keys = { ...keys, spentMarks: () => Promise.reject(new Error('no keys')) };
    await sweep();
    expect(failures).to.deep.equal(['Error: away', 'Error: no keys']);
    keys = { ...keys, spentMarks };
    answer = right(undefined);
    await sweep();
    expect(forgotten).to.have.length(200);
  });
});
