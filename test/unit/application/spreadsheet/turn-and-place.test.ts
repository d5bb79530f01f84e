import { expect } from 'chai';
import { callQuota } from '../../../../src/application/provider-call/quota/call-quota.ts';
import { turnAndPlace, type Departing } from '../../../../src/application/spreadsheet/turn-and-place.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import type { WriterTurn } from '../../../../src/domain/spreadsheet/spreadsheet-writers.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { lineRig, sheetsOf } from '../../../support/line-rig.ts';

const PER_MINUTE = { account_writes_per_minute: 2 };
const free = async () => right(undefined);

const rig = () => {
  const line = lineRig();
  const { clock, aCall, newQuota, taken } = line;
  const writers = new MemorySpreadsheetWriters(clock);
  const here = newQuota();
  const deps = { writers, clock, sleep: clock.sleep };
  const depart = (spreadsheet: string, timeMs: number, change: Partial<Departing> = {}, account = here) => {
    const endAt = clock.monotonic() + timeMs;
    const timeLeft = (): number => endAt - clock.monotonic();
    const receipted = async () => right({ isOver: () => undefined });
    const own = {
      chargeCall: free,
      chargeCallWithReceipt: receipted,
      chargeTenant: free,
      chargeService: free,
    };
    const quota = callQuota(
      { own, account },
      { account: 'writes' },
      aCall(timeMs),
      sheetsOf('one', PER_MINUTE),
    );
    return turnAndPlace(deps, {
      spreadsheet,
      quota,
      timeLeft,
      callMs: () => 1_000,
      turnMs: timeLeft,
      signal: undefined,
      ...change,
    });
  };
  const turnOf = async (spreadsheetId: string): Promise<WriterTurn> => {
    const turn = await writers.hold(spreadsheetId, 600_000, 0);
    if (turn === 'busy') throw new Error('others have the turn');
    return turn;
  };
  const spend = async (): Promise<void> => {
    for (let n = 0; n < 2; n += 1) {
      const held = await depart(`spent-${n}`, 1_000);
      if (isLeft(held)) throw new Error('nothing to spend');
    }
  };
  return { ...line, taken, writers, depart, turnOf, spend };
};

describe('the turn to write and the place in the minute of an account', () => {
  it('are had together: nobody has the turn while it waits for the account', async () => {
    const { clock, depart, turnOf, spend, taken } = rig();
    await spend();
    const waiting = depart('sheet', 70_000);
    await clock.run(30_000);
    await (await turnOf('sheet')).release();
    await clock.run(30_500);
    const held = await waiting;
    if (isLeft(held)) throw new Error('not had');
    expect(taken.at(-1)).to.equal(60_500);
    expect(held.right.endAt).to.equal(61_500);
    const other = await turnOf('sheet').catch(String);
    expect(other).to.contain('others have the turn');
  });

  it('take nothing of the account when the turn does not come in time', async () => {
    const { clock, depart, turnOf, taken } = rig();
    await turnOf('sheet');
    const late = depart('sheet', 3_000);
    await clock.run(3_000);
    const outcome = await late;
    expect(isLeft(outcome) && outcome.left.kind).to.equal('breaker-open');
    expect(taken).to.deep.equal([]);
  });

  it('keep nobody else waiting while one waits for a turn that others have', async () => {
    const { clock, depart, turnOf, taken } = rig();
    const first = await turnOf('sheet');
    const contended = [depart('sheet', 20_000), depart('sheet', 20_000)];
    const others = [depart('other', 20_000), depart('another', 20_000)];
    await clock.run(500);
    expect((await Promise.all(others)).filter(isLeft)).to.deep.equal([]);
    expect(taken).to.have.length(2);
    await first.release();
    await clock.run(20_000);
    expect((await Promise.all(contended)).filter(isLeft)).to.have.length(2);
    expect(taken).to.have.length(2);
  });

  it('are had in order of the turn where others had it, and the account is paid under it', async () => {
    const { clock, depart, turnOf, taken } = rig();
    const first = await turnOf('sheet');
    let paid = 0;
    const payFirst = async () => {
      paid += 1;
      return right(undefined);
    };
    const second = depart('sheet', 20_000, { payFirst });
    await clock.run(2_000);
    expect([taken.length, paid]).to.deep.equal([0, 1]);
    await first.release();
    await clock.run(0);
    expect(isLeft(await second)).to.equal(false);
    expect([taken, paid]).to.deep.equal([[2_000], 1]);
  });

  it('are given back when it cannot be paid', async () => {
    const { depart, turnOf, taken } = rig();
    const poor: ProviderError = { kind: 'quota-exceeded', scope: 'tenant', retryAfterMs: 1, message: 'm' };
    expect(await depart('sheet', 1_000, { payFirst: async () => left(poor) })).to.deep.equal(left(poor));
    expect(await depart('sheet', 1_000, { payLast: async () => left(poor) })).to.deep.equal(left(poor));
    await (await turnOf('sheet')).release();
    expect(taken).to.deep.equal([]);
  });

  it('are given back when something fails that should not', async () => {
    const { depart, turnOf } = rig();
    const failing = depart('sheet', 1_000, { payLast: () => Promise.reject(new Error('away')) });
    expect(await failing.catch(String)).to.equal('Error: away');
    await (await turnOf('sheet')).release();
  });

  it('end when the turn does, which has begun while its grant was on its way', async () => {
    const { clock, depart, writers } = rig();
    const hold = writers.hold.bind(writers);
    writers.hold = async (...asked) => {
      const turn = await hold(...asked);
      return turn === 'busy' ? turn : { ...turn, ageMs: 700 };
    };
    const held = await depart('sheet', 20_000);
    if (isLeft(held)) throw new Error('not had');
    expect(held.right.endAt).to.equal(clock.monotonic() + 300);
  });

  it('are given back and had again when another replica was quicker', async () => {
    const { clock, depart, turnOf, newQuota, taken } = rig();
    const slow = async () => {
      await clock.sleep(10);
      return right(undefined);
    };
    const overtaken = depart('sheet', 90_000, { payLast: slow });
    await clock.run(5);
    const there = newQuota();
    for (const sheet of ['one', 'two']) await depart(sheet, 1_000, {}, there);
    await clock.run(10_000);
    await (await turnOf('sheet')).release();
    await clock.run(51_000);
    expect(isLeft(await overtaken)).to.equal(false);
    expect(taken).to.have.length(3);
  });
});
