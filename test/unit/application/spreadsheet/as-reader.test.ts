import { expect } from 'chai';
import type { CallQuota } from '../../../../src/application/provider-call/leave.ts';
import { asReader } from '../../../../src/application/spreadsheet/as-reader.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { anAccess } from '../../../support/provider-access.ts';

const NO_TOKEN: ProviderError = { kind: 'credentials-rejected', message: 'no token for this account' };
const USED_UP: ProviderError = { kind: 'quota-exceeded', scope: 'service', retryAfterMs: 1, message: 'm' };

const rig = () => {
  const clock = fixedClock();
  const told: string[] = [];
  const quota: CallQuota = {
    payAlone: async () => {
      told.push('paid');
      return right({ isOver: () => void told.push('over') });
    },
    payCaller: async () => right(undefined),
    payCall: async () => right(undefined),
    standFor: () => undefined,
    tellOf: () => undefined,
    place: async ({ charge }) => {
      told.push('place');
      return charge();
    },
    hopeless: () => undefined,
    expect: () => ({ scarcity: () => 0, over: () => undefined }),
  };
  const read = (
    token: Either<ProviderError, void> = right(undefined),
    change: Partial<CallQuota> = {},
    tokenMs = 0,
  ) => {
    const endAt = clock.monotonic() + 1_000;
    const leave = { timeLeft: () => endAt - clock.monotonic(), quota: { ...quota, ...change } };
    const prepare = async () => {
      told.push('token');
      clock.advance(tokenMs);
      return token;
    };
    return asReader({ clock }, { prepare }, anAccess({ timeoutMs: 800 }), leave, async ({ timeoutMs }) => {
      told.push(`read within ${timeoutMs}`);
      return right('cells');
    });
  };
  return { clock, told, read };
};

describe('a read of a spreadsheet', () => {
  it('takes its place once the account is known to be its own, and tells when it is over', async () => {
    const { told, read } = rig();
    expect(await read()).to.deep.equal(right('cells'));
    expect(told).to.deep.equal(['token', 'place', 'paid', 'read within 800', 'over']);
  });

  it('spends nothing of an account for which there is no token', async () => {
    const { told, read } = rig();
    expect(await read(left(NO_TOKEN))).to.deep.equal(left(NO_TOKEN));
    expect(told).to.deep.equal(['token']);
  });

  it('is not sent where there is no place for it', async () => {
    const { told, read } = rig();
    const place = async () => left(USED_UP);
    expect(isLeft(await read(right(undefined), { place }))).to.equal(true);
    expect(told).to.deep.equal(['token']);
  });

  it('has the time that the token and the wait have left', async () => {
    const { clock, told, read } = rig();
    const place: CallQuota['place'] = async ({ charge }) => {
      clock.advance(400);
      return charge();
    };
    await read(right(undefined), { place }, 300);
    expect(told).to.include('read within 300');
  });
});
