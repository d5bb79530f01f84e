import { expect } from 'chai';
import { callQuota } from '../../../../src/application/provider-call/quota/call-quota.ts';
import { ownQuota } from '../../../../src/application/provider-call/quota/own-quota.ts';
import type { AppendedRows } from '../../../../src/application/spreadsheet/append-parts.ts';
import { appendLanes, type AppendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import { seeded } from '../../../../sandbox/sheets/sheets-faults.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, type Either } from '../../../../src/domain/shared/fp.ts';
import type {
  SpreadsheetWriters,
  WriterTurn,
} from '../../../../src/domain/spreadsheet/spreadsheet-writers.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import type { FixedClock } from '../../../support/fixed-clock.ts';
import { lineRig, mostInAMinute, sheetsOf } from '../../../support/line-rig.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet } from '../../../support/racing-sheet.ts';

const CALL_MS = 50;
/** The time from the answer of a call to the end of its turn. */
const RELEASE_MS = 10;
type Outcome = Either<ProviderError, AppendedRows>;

const releasedAfter = (clock: FixedClock, ms: number): SpreadsheetWriters => {
  const writers = new MemorySpreadsheetWriters(clock);
  return {
    hold: async (...asked) => {
      const turn = await writers.hold(...asked);
      const release = async (given: WriterTurn): Promise<void> => {
        await clock.sleep(ms);
        await given.release();
      };
      return turn === 'busy' || ms === 0 ? turn : { ...turn, release: () => release(turn) };
    },
  };
};

/** Lanes over one account with Google's own quota, on a fixed clock. */
const rig = (tenantPerMinute = 100_000) => {
  const line = lineRig();
  const { clock, limiter, aCall } = line;
  const sheet = racingSheet(clock.sleep, () => CALL_MS);
  const account = line.newQuota();
  const own = ownQuota({
    limiter,
    tenantLimits: { spreadsheet: { minute: tenantPerMinute } },
    telemetry: { rateLimitExceeded: () => undefined, rateLimitUtilization: () => undefined },
    clock,
  });
  const newReplica = (releaseMs = 0): AppendLanes =>
    appendLanes({
      spreadsheet: sheet,
      writers: releasedAfter(clock, releaseMs),
      sweep: async () => undefined,
      clock,
      sleep: clock.sleep,
    });
  const appendTo =
    (lanes: AppendLanes, tenant = 'one') =>
    (spreadsheet: number, mark: number, deadlineMs: number, isKeyed = false): Promise<Outcome> => {
      const service = sheetsOf(tenant);
      const { tenantId, id: serviceId } = service;
      return lanes.append(anAccess({ tenantId, serviceId, timeoutMs: deadlineMs }), {
        request: {
          spreadsheetId: `sheet-${spreadsheet}`,
          range: 'Sheet1!A:A',
          rows: [[`${tenant} ${mark}`]],
          valueInputOption: 'RAW',
          insertDataOption: 'OVERWRITE',
        },
        marked: isKeyed ? { mark, sheetTitle: 'Sheet1', firstColumn: 0 } : undefined,
        unmarked: undefined,
        quota: callQuota({ own, account }, { account: 'writes' }, aCall(deadlineMs), service),
      });
    };
  const usedBy = async (tenant: string): Promise<number> => {
    const subject = { tenantId: sheetsOf(tenant).tenantId, subjectId: 'tenant:spreadsheet' };
    const limits = { minute: tenantPerMinute };
    const windows = await limiter.peek([{ ...subject, serviceName: 'tenant:spreadsheet', limits }]);
    return windows[0]?.used ?? 0;
  };
  return { ...line, sheet, account, newReplica, appendTo, usedBy };
};

describe('a burst of appends', () => {
  for (const [words, arrivalMs] of [
    ['at once', 0],
    ['within a second', 1_000],
    ['within three seconds', 3_000],
  ] as const)
    it(`that comes ${words}, 1,000 to 100 spreadsheets, is done within 1.2 times what the account's quota takes`, async () => {
      const { clock, sheet, taken, newReplica, appendTo } = rig();
      const append = appendTo(newReplica());
      const doneAt: number[] = [];
      const burst = Array.from({ length: 1_000 }, async (_, n) => {
        await clock.sleep((n * arrivalMs) / 1_000);
        const outcome = await append(n % 100, n + 1, 120_000, true);
        if (!isLeft(outcome)) doneAt.push(clock.monotonic());
      });
      await clock.run(72_000);
      expect(doneAt).to.have.length(1_000);
      await Promise.all(burst);
      expect(sheet.calls.length).to.be.at.most(120);
      expect(sheet.calls.reduce((sum, { rows }) => sum + rows, 0)).to.equal(1_000);
      expect(taken).to.have.length(sheet.calls.length);
      expect(mostInAMinute(taken)).to.be.at.most(60);
    });

  it('takes along rows that arrive while its call waits for the account, from all callers', async () => {
    const { clock, sheet, newReplica, appendTo } = rig();
    const append = appendTo(newReplica());
    const spent = Array.from({ length: 60 }, (_, n) => append(n, n + 1, 10_000));
    await clock.run(5_000);
    await Promise.all(spent);
    const late = Array.from({ length: 50 }, async (_, n) => {
      await clock.sleep(n * 1_000);
      return append(99, 1_000 + n, 120_000);
    });
    await clock.run(70_000);
    expect((await Promise.all(late)).filter(isLeft)).to.deep.equal([]);
    expect(sheet.calls.slice(60).map(({ rows }) => rows)).to.deep.equal([50]);
  });

  it('leaves after 30 ms alone, and 50 ms after the last who joined, where the account has calls to spare', async () => {
    const { clock, sheet, newReplica, appendTo } = rig();
    const append = appendTo(newReplica());
    const all = [append(1, 1, 10_000), append(2, 2, 10_000)];
    await clock.run(10);
    all.push(append(2, 3, 10_000));
    await clock.run(20);
    expect(sheet.calls.map(({ rows }) => rows)).to.deep.equal([1]);
    await clock.run(29);
    expect(sheet.calls).to.have.length(1);
    await clock.run(1);
    expect(sheet.calls.map(({ rows }) => rows)).to.deep.equal([1, 2]);
    await clock.run(CALL_MS);
    await Promise.all(all);
  });

  for (const [pauseMs, leavesAt] of [
    [20, 20 + 80],
    [29, 29 + 116],
    [200, 200 + 50],
  ] as const)
    it(`leaves ${leavesAt} ms after the first of two with ${pauseMs} ms between them`, async () => {
      const { clock, sheet, newReplica, appendTo } = rig();
      const append = appendTo(newReplica());
      const all = [append(1, 1, 10_000)];
      await clock.run(pauseMs);
      all.push(append(1, 2, 10_000), append(1, 3, 10_000));
      await clock.run(leavesAt - pauseMs - 1);
      const before = sheet.calls.length;
      await clock.run(1);
      expect(sheet.calls.length - before).to.equal(1);
      await clock.run(CALL_MS);
      await Promise.all(all);
    });

  it('of a hundred that trickle in over a second leaves in five calls at most', async () => {
    const { clock, sheet, newReplica, appendTo } = rig();
    const append = appendTo(newReplica());
    const all = Array.from({ length: 100 }, async (_, n) => {
      await clock.sleep(n * 10);
      return append(1, n + 1, 10_000);
    });
    await clock.run(2_000);
    expect((await Promise.all(all)).filter(isLeft)).to.deep.equal([]);
    expect(sheet.calls.length).to.be.at.most(5);
  });

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
    it(`of a hundred that come as they will within two seconds leaves in five calls at most, ${seed}`, async () => {
      const { clock, sheet, newReplica, appendTo } = rig();
      const append = appendTo(newReplica());
      const random = seeded(seed);
      const all = Array.from({ length: 100 }, async (_, n) => {
        await clock.sleep(Math.floor(random() * 2_000));
        return append(1, n + 1, 10_000);
      });
      await clock.run(3_000);
      expect((await Promise.all(all)).filter(isLeft)).to.deep.equal([]);
      expect(sheet.calls.length).to.be.at.most(5);
    });

  for (const callers of [2, 5])
    it(`of ${callers} callers that return as soon as they are answered keeps its pace`, async () => {
      const { clock, sheet, newReplica, appendTo } = rig();
      const append = appendTo(newReplica(RELEASE_MS));
      const comeAgain = async (caller: number): Promise<void> => {
        for (let n = 0; n < 20; n += 1) await append(1, caller * 100 + n, 10_000);
      };
      const all = Array.from({ length: callers }, (_, caller) => comeAgain(caller + 1));
      await clock.run(20 * (50 + CALL_MS));
      expect(sheet.calls.map(({ rows }) => rows)).to.deep.equal(Array.from({ length: 20 }, () => callers));
      await Promise.all(all);
    });

  it('does not wait for more rows longer than a quarter of the time that its callers have', async () => {
    const { clock, sheet, newReplica, appendTo } = rig();
    const append = appendTo(newReplica());
    const all = Array.from({ length: 55 }, (_, n) => append(n, n + 1, 1_000));
    await clock.run(250);
    expect(sheet.calls).to.have.length(55);
    await clock.run(CALL_MS);
    expect((await Promise.all(all)).filter(isLeft)).to.deep.equal([]);
  });

  it('charges a tenant for those whose rows leave, and not for who waits in vain', async () => {
    const { clock, sheet, newReplica, appendTo, usedBy } = rig();
    const lanes = newReplica();
    const spent = Array.from({ length: 60 }, (_, n) => appendTo(lanes)(n, n + 1, 10_000));
    await clock.run(5_000);
    await Promise.all(spent);
    const patient = [101, 102].map((mark) => appendTo(lanes, 'two')(99, mark, 120_000));
    const hasty = appendTo(lanes, 'two')(99, 103, 20_000);
    await clock.run(20_000);
    expect(isLeft(await hasty)).to.equal(true);
    expect(await usedBy('two')).to.equal(0);
    await clock.run(40_000);
    expect((await Promise.all(patient)).filter(isLeft)).to.deep.equal([]);
    expect(await usedBy('two')).to.equal(2);
    expect(sheet.calls.at(-1)?.rows).to.equal(2);
  });

  it('leaves without those whose tenant has used up its own limit, and is counted once', async () => {
    const { clock, sheet, taken, newReplica, appendTo, usedBy } = rig(3);
    const append = appendTo(newReplica());
    const all = Array.from({ length: 5 }, (_, n) => append(1, n + 1, 10_000));
    await clock.run(1_000);
    const outcomes = await Promise.all(all);
    expect(outcomes.map((one) => (isLeft(one) ? one.left.kind : 'ok'))).to.deep.equal([
      'ok',
      'ok',
      'ok',
      'quota-exceeded',
      'quota-exceeded',
    ]);
    expect([sheet.calls.length, taken.length, await usedBy('one')]).to.deep.equal([1, 1, 3]);
    const more = append(2, 9, 10_000);
    await clock.run(1_000);
    const refused = await more;
    expect(isLeft(refused) && refused.left).to.include({ kind: 'quota-exceeded', scope: 'tenant' });
    expect([sheet.calls.length, taken.length]).to.deep.equal([1, 1]);
  });

  it('that the provider refuses for its quota keeps its place, and leaves again with who came meanwhile', async () => {
    const { clock, sheet, account, newReplica, appendTo, usedBy } = rig();
    const append = appendTo(newReplica());
    const message = 'RESOURCE_EXHAUSTED';
    const over: ProviderError = { kind: 'quota-exceeded', scope: 'provider', retryAfterMs: 5_000, message };
    sheet.faults.push({ error: over, isWritten: false });
    const first = [append(1, 1, 30_000), append(1, 2, 30_000)];
    await clock.run(60);
    account.refused(sheetsOf('one'), 'writes', over.retryAfterMs);
    await clock.run(1_000);
    const later = append(1, 3, 30_000);
    await clock.run(5_000);
    expect((await Promise.all([...first, later])).filter(isLeft)).to.deep.equal([]);
    expect(sheet.calls.map(({ rows }) => rows)).to.deep.equal([2, 3]);
    expect(await usedBy('one')).to.equal(3);
  });

  it('is not sent for ever to a provider that goes on refusing', async () => {
    const { clock, sheet, newReplica, appendTo } = rig();
    const over: ProviderError = { kind: 'quota-exceeded', scope: 'provider', retryAfterMs: 1, message: 'm' };
    sheet.faults.push(...Array.from({ length: 9 }, () => ({ error: over, isWritten: false })));
    const refused = appendTo(newReplica())(1, 1, 30_000);
    await clock.run(10_000);
    const outcome = await refused;
    expect(isLeft(outcome) && outcome.left).to.deep.equal(over);
    expect(sheet.calls).to.have.length(3);
  });

  it('pays when it comes while 500 of its tenant wait on credit', async () => {
    const { clock, newReplica, appendTo, usedBy } = rig(600);
    const lanes = newReplica();
    const spent = Array.from({ length: 60 }, (_, n) => appendTo(lanes, 'two')(n, n + 1, 10_000));
    await clock.run(5_000);
    await Promise.all(spent);
    const outcomes: Outcome[] = [];
    const all = Array.from({ length: 1_200 }, (_, n) =>
      appendTo(lanes)(n % 7, 1_000 + n, 100_000).then((outcome) => outcomes.push(outcome)),
    );
    await clock.run(1_000);
    expect(await usedBy('one')).to.equal(600);
    expect(outcomes.map((one) => isLeft(one) && one.left.kind)).to.deep.equal(
      Array.from({ length: 100 }, () => 'quota-exceeded'),
    );
    await clock.run(120_000);
    await Promise.all(all);
  });
});
