import { expect } from 'chai';
import { prepared } from '../../../../src/application/spreadsheet/prepared.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { anAccess } from '../../../support/provider-access.ts';

const NO_TOKEN: ProviderError = { kind: 'provider-unavailable', message: 'no token' };

/** What the work is given when it begins after a preparation with this outcome and duration. */
const begun = async (
  outcome: Either<ProviderError, void>,
  takesMs: number,
): Promise<{ readonly times: readonly number[]; readonly result: Either<ProviderError, string> }> => {
  const clock = fixedClock();
  const times: number[] = [];
  const prepare = async () => {
    clock.advance(takesMs);
    return outcome;
  };
  const result = await prepared(
    { clock },
    { prepare },
    anAccess({ timeoutMs: 1_000 }),
    async ({ timeoutMs }) => {
      times.push(timeoutMs);
      return right('done');
    },
  );
  return { times, result };
};

describe('a write that needs something beforehand', () => {
  it('has the time that is left then', async () => {
    expect(await begun(right(undefined), 300)).to.deep.equal({ times: [700], result: right('done') });
  });

  it('is begun with a millisecond at least', async () => {
    expect((await begun(right(undefined), 2_000)).times).to.deep.equal([1]);
  });

  it('is not begun without it', async () => {
    expect(await begun(left(NO_TOKEN), 10)).to.deep.equal({ times: [], result: left(NO_TOKEN) });
  });
});
