import { expect } from 'chai';
import fc from 'fast-check';
import type { CallQuota } from '../../../../src/application/provider-call/leave.ts';
import type { AppendedRows } from '../../../../src/application/spreadsheet/append-parts.ts';
import type { AppendAtEdge } from '../../../../src/application/spreadsheet/anchored-append.ts';
import { appendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import type { LaneDeps } from '../../../../src/application/spreadsheet/lane-queue.ts';
import type { LaneAppend } from '../../../../src/application/spreadsheet/waiting-append.ts';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import type { AppendRows, WrittenCell } from '../../../../src/domain/provider/spreadsheet.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import type { SpreadsheetWriters } from '../../../../src/domain/spreadsheet/spreadsheet-writers.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet, type RacingSheet } from '../../../support/racing-sheet.ts';

type Outcome = Either<ProviderError, AppendedRows>;
const CALL_MS = 100;
const message = 'm';

describe('lanes of appends', () => {
  let clock: FixedClock;
  let sheet: RacingSheet;
  let writers: SpreadsheetWriters;
  let quota: Either<ProviderError, void>[];
  let quotaTaken: number;
  let callersPaid: number;
  let callsPaid: number;
  let scarcity: number;
  let swept: string[];
  beforeEach(() => {
    clock = fixedClock();
    sheet = racingSheet(clock.sleep, () => CALL_MS);
    writers = new MemorySpreadsheetWriters(clock);
    quota = [];
    quotaTaken = 0;
    callersPaid = 0;
    callsPaid = 0;
    scarcity = 0;
    swept = [];
  });

  const lanes = (change: Partial<LaneDeps> = {}) =>
    appendLanes({
      spreadsheet: sheet,
      writers,
      sweep: async (_access, spreadsheetId) => void swept.push(spreadsheetId),
      clock,
      sleep: clock.sleep,
      ...change,
    });
  const request = (
    rows: readonly (readonly WrittenCell[])[],
    change: Partial<AppendRows> = {},
  ): AppendRows => ({
    spreadsheetId: 'sheet-1',
    range: 'Sheet1!A:A',
    rows,
    valueInputOption: 'RAW',
    insertDataOption: 'OVERWRITE',
    ...change,
  });
  const asked = (
    rows: readonly (readonly WrittenCell[])[],
    { mark, firstColumn = 0, ...change }: Partial<AppendRows & { mark: number; firstColumn: number }> = {},
  ): LaneAppend => ({
    request: request(rows, change),
    marked: mark === undefined ? undefined : { mark, sheetTitle: 'Sheet1', firstColumn },
    unmarked: undefined,
    quota: ahead(),
  });
  const key = (change: Partial<NonNullable<LaneAppend['unmarked']>>): LaneAppend['unmarked'] => ({
    maybeSent: false,
    sending: async () => true,
    ...change,
  });
  const ahead = (change: Partial<CallQuota> = {}): CallQuota => ({
    payAlone: async () => right({ isOver: () => undefined }),
    payCaller: async (withCall) => {
      callersPaid += 1;
      if (withCall) callsPaid += 1;
      return right(undefined);
    },
    payCall: async () => {
      callsPaid += 1;
      return right(undefined);
    },
    standFor: () => undefined,
    tellOf: () => undefined,
    place: async ({ charge }) => {
      const charged = await charge();
      if (isLeft(charged)) return charged;
      quotaTaken += 1;
      return quota.shift() ?? right(undefined);
    },
    hopeless: () => undefined,
    expect: () => ({ scarcity: () => scarcity, over: () => undefined }),
    ...change,
  });
  const access = (change: Partial<ProviderAccess> = {}): ProviderAccess =>
    anAccess({ timeoutMs: 3_000, ...change });
  const done = async <A>(work: Promise<A>): Promise<A> => {
    let isSettled = false;
    const settle = (): void => void (isSettled = true);
    work.then(settle, settle);
    while (!isSettled) await clock.run(5);
    return work;
  };
  const rangeOf = (outcome: Outcome): string | undefined =>
    isLeft(outcome) ? outcome.left.kind : outcome.right.update?.updatedRange;

  it('take a hundred appends at once in two calls, each caller told its own rows', async () => {
    const { append } = lanes();
    const all = Array.from({ length: 100 }, (_, n) => append(access(), asked([[`row ${n}`]])));
    const outcomes = await done(Promise.all(all));
    expect(sheet.calls.length).to.be.at.most(2);
    expect(quotaTaken).to.equal(sheet.calls.length);
    expect([callersPaid, callsPaid]).to.deep.equal([100, sheet.calls.length]);
    outcomes.forEach((outcome, n) => {
      expect(rangeOf(outcome)).to.equal(`Sheet1!A${n + 1}`);
      expect(sheet.rows[n]).to.deep.equal([`row ${n}`]);
    });
  });

  it('are what keeps the rows: the same hundred without them overwrite each other', async () => {
    const all = Array.from({ length: 100 }, (_, n) => sheet.append(access(), request([[`row ${n}`]])));
    await done(Promise.all(all));
    expect(sheet.calls).to.have.length(100);
    expect(sheet.rows.length).to.be.below(100);
  });

  it('lose and duplicate no row, in any order of arrivals and with any duration of calls, over several replicas', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            at: fc.nat({ max: 400 }),
            rows: fc.integer({ min: 1, max: 4 }),
            columns: fc.integer({ min: 1, max: 3 }),
            isMarked: fc.boolean(),
            replica: fc.nat({ max: 2 }),
          }),
          { minLength: 1, maxLength: 25 },
        ),
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 5 }),
        async (callers, takes) => {
          clock = fixedClock();
          let call = 0;
          sheet = racingSheet(clock.sleep, () => takes[(call += 1) % takes.length] ?? 1);
          writers = new MemorySpreadsheetWriters(clock);
          const replicas = [lanes(), lanes(), lanes()];
          const rowsOf = (n: number, { rows, columns }: { rows: number; columns: number }) =>
            Array.from({ length: rows }, (_, r) =>
              Array.from({ length: columns }, (_c, c) => `${n}.${r}.${c}`),
            );
          const all = callers.map(async (caller, n) => {
            await clock.sleep(caller.at);
            const change = caller.isMarked ? { mark: n + 1 } : {};
            const lane = replicas[caller.replica] ?? lanes();
            return lane.append(access({ timeoutMs: 60_000 }), asked(rowsOf(n, caller), change));
          });
          const outcomes = await done(Promise.all(all));
          callers.forEach((caller, n) => {
            const first = /A(\d+)/.exec(rangeOf(outcomes[n] as Outcome) ?? '')?.[1];
            const place = Number(first) - 1;
            expect(sheet.rows.slice(place, place + caller.rows)).to.deep.equal(rowsOf(n, caller));
          });
          expect(sheet.rows).to.have.length(callers.reduce((sum, { rows }) => sum + rows, 0));
        },
      ),
      { numRuns: 60 },
    ));

  it('gather while a call is under way, and leave when it is back', async () => {
    const { append } = lanes();
    const first = append(access(), asked([['first']]));
    await clock.run(40);
    const more = ['a', 'b', 'c'].map((text) => append(access(), asked([[text]])));
    await done(Promise.all([first, ...more]));
    expect(sheet.calls.map(({ rows }) => rows)).to.deep.equal([1, 3]);
  });

  it('keep apart what cannot be sent together, but write one after the other', async () => {
    const { append } = lanes();
    const all = [
      append(access(), asked([['a']])),
      append(access(), asked([['b']], { valueInputOption: 'USER_ENTERED' })),
      append(access(), asked([['c']], { insertDataOption: 'INSERT_ROWS' })),
      append(access(), asked([['d']], { range: 'Sheet1!C:C' })),
      append(access({ serviceId: 'other' }), asked([['e']])),
      append(access(), asked([['f']], { mark: 7 })),
    ];
    await done(Promise.all(all));
    expect(sheet.calls).to.have.length(6);
    expect(sheet.rows.flat()).to.have.members(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('send nothing to the old address of a service that was led to another one meanwhile', async () => {
    const { append } = lanes();
    const addresses = ['https://old.example', 'https://new.example'];
    await done(Promise.all(addresses.map((baseUrl) => append(access({ baseUrl }), asked([[baseUrl]])))));
    expect(sheet.calls.map(({ rows }) => rows)).to.deep.equal([1, 1]);
  });

  it('put no more into one call than it may hold', async () => {
    const { append } = lanes();
    const all = Array.from({ length: 501 }, () => append(access(), asked([['x']])));
    const large = Array.from({ length: 3 }, (_, n) =>
      append(access(), asked([['y'.repeat(900_000)]], { mark: n + 1 })),
    );
    const long = Array.from({ length: 3 }, () =>
      append(
        access(),
        asked(
          Array.from({ length: 4_000 }, () => ['z']),
          { range: 'Sheet1!B:B' },
        ),
      ),
    );
    await done(Promise.all([...all, ...large, ...long]));
    const sizes = sheet.calls.map(({ rows }) => rows).toSorted((a, b) => a - b);
    expect(sizes).to.deep.equal([1, 1, 2, 500, 4_000, 8_000]);
  });

  it('put the cells before rows that begin further right into the same bound', async () => {
    const { append } = lanes();
    const rows = Array.from({ length: 40 }, () => ['x']);
    const far = [1, 2, 3].map((mark) => append(access(), asked(rows, { mark, firstColumn: 9_999 })));
    const near = [4, 5, 6].map((mark) => append(access(), asked(rows, { mark, firstColumn: 99 })));
    await done(Promise.all([...far, ...near]));
    const sizes = sheet.calls.map((call) => call.rows).toSorted((a, b) => a - b);
    expect(sizes).to.deep.equal([40, 40, 40, 120]);
  });

  it('leave at once when one call is full', async () => {
    const { append } = lanes();
    const all = Array.from({ length: 500 }, () => append(access(), asked([['x']])));
    await clock.run(0);
    expect(sheet.calls).to.have.length(1);
    await done(Promise.all(all));
  });

  it('refuse only those whose rows the provider refuses', async () => {
    const { append } = lanes();
    const texts = ['a', 'b', 'refused', 'd', 'e', 'f', 'g'];
    const outcomes = await done(Promise.all(texts.map((text) => append(access(), asked([[text]])))));
    expect(outcomes.map((one) => (isLeft(one) ? one.left.kind : 'ok'))).to.deep.equal(
      texts.map((text) => (text === 'refused' ? 'request-rejected' : 'ok')),
    );
    expect(sheet.rows.flat()).to.have.members(['a', 'b', 'd', 'e', 'f', 'g']);
    expect(quotaTaken).to.equal(sheet.calls.length);
  });

  it('ask once where the place is wrong, whoever writes there, and report it to all of them', async () => {
    const { append } = lanes();
    for (const mark of [undefined, 1]) {
      const error = { kind: 'request-rejected', message: 'not shared', isOfPlace: true } as const;
      sheet.faults.push({ error, isWritten: false });
      const before = sheet.calls.length;
      const outcomes = await done(
        Promise.all(
          Array.from({ length: 64 }, (_, n) =>
            append(access(), asked([[`row ${n}`]], mark === undefined ? {} : { mark: mark + n })),
          ),
        ),
      );
      expect(new Set(outcomes.map(rangeOf))).to.deep.equal(new Set(['request-rejected']));
      expect(sheet.calls).to.have.length(before + 1);
    }
  });

  it('ask once where the columns are closed to all who write into the same ones, and each width else', async () => {
    const { append } = lanes();
    const error = { kind: 'request-rejected', message: 'protected', isOfColumns: true } as const;
    const all = (cells: (n: number) => readonly WrittenCell[]): Promise<readonly Outcome[]> =>
      done(Promise.all(Array.from({ length: 64 }, (_, n) => append(access(), asked([cells(n)])))));
    sheet.faults.push({ error, isWritten: false });
    const alike = await all((n) => [`row ${n}`, null]);
    expect(new Set(alike.map(rangeOf))).to.deep.equal(new Set(['request-rejected']));
    expect(sheet.calls).to.have.length(1);
    sheet.faults.push({ error, isWritten: false }, { error, isWritten: false });
    const two = await all((n) => (n < 32 ? [`row ${n}`, 'closed'] : [`row ${n}`, null]));
    expect(two.map(isLeft)).to.deep.equal(Array.from({ length: 64 }, (_, n) => n < 32));
    expect(sheet.calls).to.have.length(1 + 3);
  });

  for (const [room, most] of [
    [0, 7],
    [5, 10],
    [64, 1],
  ] as const)
    it(`find out in a few calls whom a spreadsheet has room for: ${room} of 64`, async () => {
      let [free, calls]: [number, number] = [room, 0];
      const spreadsheet: LaneDeps['spreadsheet'] = {
        ...sheet,
        append: async (given, request) => {
          calls += 1;
          const error = { kind: 'request-rejected', message: 'full', isOfSize: true } as const;
          if (request.rows.length > free) return left(error);
          free -= request.rows.length;
          return sheet.append(given, request);
        },
      };
      const { append } = lanes({ spreadsheet });
      const all = Array.from({ length: 64 }, (_, n) => append(access(), asked([[`row ${n}`]])));
      const outcomes = (await done(Promise.all(all))).map(rangeOf);
      expect(outcomes.filter((one) => one === 'request-rejected')).to.have.length(64 - room);
      expect(sheet.rows).to.have.length(room);
      expect(calls).to.be.at.most(most);
    });

  it('try a narrow row by itself where there was no room for a wide one', async () => {
    const spreadsheet: LaneDeps['spreadsheet'] = {
      ...sheet,
      append: async (given, request) =>
        request.rows.some((row) => row.length > 1)
          ? left({ kind: 'request-rejected', message: 'full', isOfSize: true })
          : sheet.append(given, request),
    };
    const { append } = lanes({ spreadsheet });
    const all = [['wide', 'row'], ['a'], ['wide', 'too'], ['b']].map((row) => append(access(), asked([row])));
    const outcomes = await done(Promise.all(all));
    expect(outcomes.map(isLeft)).to.deep.equal([true, false, true, false]);
  });

  it('tell those who could not be tried alone that nothing of theirs was sent', async () => {
    const { append } = lanes();
    const texts = Array.from({ length: 64 }, (_, n) => (n % 2 === 0 ? 'refused' : `row ${n}`));
    const outcomes = await done(
      Promise.all(texts.map((text) => append(access({ timeoutMs: 60_000 }), asked([[text]])))),
    );
    expect(sheet.calls).to.have.length(32);
    const written = outcomes.filter((one) => !isLeft(one)).length;
    expect(sheet.rows).to.have.length(written);
    const kinds = new Set(outcomes.flatMap((one) => (isLeft(one) ? [one.left.kind] : [])));
    expect([...kinds].toSorted()).to.deep.equal(['breaker-open', 'request-rejected']);
  });

  it('take a caller out who goes away before its rows are sent, and nobody else', async () => {
    const { append } = lanes();
    const gone = new AbortController();
    const all = [
      append(access({ signal: gone.signal }), asked([['gone']])),
      append(access(), asked([['stays']])),
    ];
    await clock.run(10);
    gone.abort();
    const [first, second] = await done(Promise.all(all));
    expect(first && isLeft(first) && first.left.kind).to.equal('breaker-open');
    expect(second && rangeOf(second)).to.equal('Sheet1!A1');
    expect(sheet.rows).to.deep.equal([['stays']]);
  });

  it('send no rows of a caller that is gone before they are sent, whoever waits', async () => {
    const { append } = lanes();
    const gone = { signal: AbortSignal.abort() };
    const alone = await done(append(access(gone), asked([['alone']])));
    const all = [append(access(gone), asked([['gone']])), append(access(), asked([['stays']]))];
    const [first, second] = await done(Promise.all(all));
    expect([alone, first].map((one) => one && isLeft(one) && one.left.kind)).to.deep.equal([
      'breaker-open',
      'breaker-open',
    ]);
    expect(second && rangeOf(second)).to.equal('Sheet1!A1');
    expect(sheet.rows).to.deep.equal([['stays']]);
  });

  it('go on without a caller that went away after its rows were sent: it is answered like the others', async () => {
    const { append } = lanes();
    const gone = new AbortController();
    const all = [append(access({ signal: gone.signal }), asked([['a']])), append(access(), asked([['b']]))];
    await clock.run(50);
    gone.abort();
    expect((await done(Promise.all(all))).map(rangeOf)).to.deep.equal(['Sheet1!A1', 'Sheet1!A2']);
    expect(sheet.calls[0]?.access.signal.aborted).to.equal(false);
  });

  it('tell a caller whose time is over after its rows were sent that nobody knows, and the others what they wrote', async () => {
    const { append } = lanes();
    const all = [
      append(access({ timeoutMs: 60 }), asked([['hasty']])),
      append(access(), asked([['patient']])),
    ];
    const [hasty, patient] = await done(Promise.all(all));
    expect(hasty && isLeft(hasty) && hasty.left.kind).to.equal('outcome-unknown');
    expect(patient && rangeOf(patient)).to.equal('Sheet1!A2');
  });

  it('tell what a call that took all its time knows, before the time of its callers is over', async () => {
    const nothingSent: ProviderError = { kind: 'provider-unavailable', message };
    const spreadsheet: LaneDeps['spreadsheet'] = {
      ...sheet,
      append: async ({ timeoutMs }) => {
        await clock.sleep(timeoutMs);
        return left(nothingSent);
      },
    };
    const { append } = lanes({ spreadsheet });
    for (const timeoutMs of [3_000, 100])
      expect(await done(append(access({ timeoutMs }), asked([['a']])))).to.deep.equal(left(nothingSent));
  });

  it('send nothing when others have the turn for all the time there is', async () => {
    await writers.hold('sheet-1', 60_000, 0);
    const outcome = await done(lanes().append(access({ timeoutMs: 200 }), asked([['a']])));
    expect(isLeft(outcome) && outcome.left.kind).to.equal('breaker-open');
    await clock.run(1_000);
    expect(sheet.calls).to.deep.equal([]);
    expect(quotaTaken).to.equal(0);
  });

  it("wait for the quota as long as the one with the most time, so that another's short time refuses nobody", async () => {
    const { append } = lanes();
    const times: number[] = [];
    const quota = ahead({
      place: async ({ charge, timeLeft }) => {
        times.push(timeLeft());
        return charge();
      },
    });
    const [hasty, patient] = [asked([['hasty']]), asked([['patient']])];
    await done(
      Promise.all([
        append(access({ timeoutMs: 200 }), { ...hasty, quota }),
        append(access(), { ...patient, quota }),
      ]),
    );
    expect(times).to.deep.equal([3_000 - 50]);
  });

  it('send nothing when the quota is spent, and give the turn back', async () => {
    const spent: ProviderError = { kind: 'quota-exceeded', scope: 'service', retryAfterMs: 9_000, message };
    quota = [left(spent)];
    const { append } = lanes();
    const outcomes = await done(
      Promise.all([append(access(), asked([['a']])), append(access(), asked([['b']]))]),
    );
    expect(outcomes).to.deep.equal([left(spent), left(spent)]);
    expect(sheet.calls).to.deep.equal([]);
    expect(rangeOf(await done(append(access(), asked([['c']]))))).to.equal('Sheet1!A1');
  });

  it('tell everybody of a call whose end is unknown so, and let the next wait until it cannot arrive any more', async () => {
    sheet.faults.push({ error: { kind: 'outcome-unknown', message }, isWritten: true });
    const { append } = lanes();
    const outcomes = await done(
      Promise.all([append(access(), asked([['a']])), append(access(), asked([['b']]))]),
    );
    expect(outcomes.map(rangeOf)).to.deep.equal(['outcome-unknown', 'outcome-unknown']);
    const before = clock.monotonic();
    await done(append(access(), asked([['c']])));
    expect(clock.monotonic() - before).to.be.at.least(1_000);
    expect(sheet.rows).to.deep.equal([['a'], ['b'], ['c']]);
  });

  it('report rows that begin with empty cells to later appends, marked or not, but not refused ones', async () => {
    const edges: (string | undefined)[] = [];
    const spreadsheet = {
      append: (...[by, what, ragged]: Parameters<AppendAtEdge>) => {
        edges.push(ragged?.raggedEdge);
        return sheet.append(by, what);
      },
      appendMarked: sheet.appendMarked,
    };
    const { append } = lanes({ spreadsheet });
    const appended = (rows: readonly (readonly string[])[], change = {}) =>
      done(append(access(), asked(rows, change)));
    await appended([['a']]);
    await appended([['', 'refused']]);
    await appended([['', 'b'], ['c']]);
    await appended([['d'], ['', 'e']]);
    await appended([['f']]);
    await appended([['', 'g']], { mark: 7 });
    await appended([['h']]);
    await done(Promise.all([['', 'i'], ['j']].map((row) => append(access(), asked([row])))));
    await appended([['k']]);
    expect(edges).to.deep.equal([undefined, undefined, undefined, undefined, '1', '2', '2', '2']);
  });

  it('add marked rows once however often they are sent, and say where they are', async () => {
    const { append } = lanes();
    const send = () => done(append(access(), asked([['a'], ['b']], { mark: 5 })));
    expect(rangeOf(await send())).to.equal('Sheet1!A1:A2');
    expect(rangeOf(await send())).to.equal('Sheet1!A1:A2');
    expect(sheet.rows).to.deep.equal([['a'], ['b']]);
    expect(swept).to.deep.equal(['sheet-1', 'sheet-1']);
    await done(append(access(), asked([['plain']])));
    expect(swept).to.have.length(2);
  });

  it('have marks swept in the time of the turn, where callers never have much left of theirs', async () => {
    const times: number[] = [];
    const { append } = lanes({ sweep: async ({ timeoutMs }) => void times.push(timeoutMs) });
    await done(append(access({ timeoutMs: 200 }), asked([['a']], { mark: 5 })));
    expect(times).to.have.length(1);
    expect(times[0]).to.be.within(9_000, 10_000);
  });

  it('never resend rows that cannot be recognised', async () => {
    const outcome = await lanes().append(access(), { ...asked([['a']]), unmarked: key({ maybeSent: true }) });
    expect(isLeft(outcome) && outcome.left.kind).to.equal('outcome-unknown');
    expect(sheet.calls).to.deep.equal([]);
  });

  it('announce that unrecognisable rows are sent just before, and not while they wait', async () => {
    const { append } = lanes();
    const said: number[] = [];
    const sending = async (): Promise<boolean> => {
      said.push(sheet.calls.length);
      await clock.sleep(50);
      return true;
    };
    const turn = await writers.hold('sheet-1', 2_000, 0);
    const waiting = append(access(), { ...asked([['a']]), unmarked: key({ sending }) });
    await clock.run(500);
    expect(said).to.deep.equal([]);
    if (turn !== 'busy') await turn.release();
    expect(rangeOf(await done(waiting))).to.equal('Sheet1!A1');
    expect(said).to.deep.equal([0]);
  });

  it('leave behind whose key is lost or cannot be told, and nobody else', async () => {
    const { append } = lanes();
    const away = () => Promise.reject(new Error('away'));
    const all = [
      append(access(), { ...asked([['lost']]), unmarked: key({ sending: async () => false }) }),
      append(access(), { ...asked([['not told']]), unmarked: key({ sending: away }) }),
      append(access(), { ...asked([['held']]), unmarked: key({}) }),
      append(access(), asked([['without a key']])),
    ];
    const [lost, notTold, ...others] = await done(Promise.allSettled(all));
    expect(lost?.status === 'fulfilled' && rangeOf(lost.value)).to.equal('breaker-open');
    expect(notTold?.status === 'rejected' && String(notTold.reason)).to.equal('Error: away');
    expect(others.map((one) => one.status === 'fulfilled' && rangeOf(one.value))).to.deep.equal([
      'Sheet1!A1',
      'Sheet1!A2',
    ]);
    expect(sheet.rows).to.deep.equal([['held'], ['without a key']]);
  });

  it('reject all who wait when the turn cannot be asked for', async () => {
    writers = { hold: () => Promise.reject(new Error('away')) };
    const { append } = lanes();
    const failures = await done(
      Promise.all(
        ['a', 'b'].map((text) => append(access(), asked([[text]])).catch((error: unknown) => error)),
      ),
    );
    expect(failures.map(String)).to.deep.equal(['Error: away', 'Error: away']);
    expect(sheet.calls).to.deep.equal([]);
  });
});
