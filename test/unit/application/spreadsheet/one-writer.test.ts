import { expect } from 'chai';
import type { Leave } from '../../../../src/application/provider-call/leave.ts';
import { asOneWriter } from '../../../../src/application/spreadsheet/one-writer.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right, type AsyncResult } from '../../../../src/domain/shared/fp.ts';
import type { SpreadsheetWriters } from '../../../../src/domain/spreadsheet/spreadsheet-writers.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock, turn, type FixedClock } from '../../../support/fixed-clock.ts';
import { anAccess } from '../../../support/provider-access.ts';

const settled = async <A>(clock: FixedClock, work: Promise<A>): Promise<A> => {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  work.then(settle, settle);
  for (await turn(); !isSettled; await turn()) clock.advance(10);
  return work;
};

const rig = () => {
  const clock = fixedClock();
  const writers = new MemorySpreadsheetWriters({ sleep: clock.sleep });
  const deps = { writers, clock, sleep: clock.sleep };
  const told = { paid: 0, over: 0, places: 0 };
  const leaveOf = (
    timeLeftMs: number,
    change: Partial<Leave['quota']> = {},
    endAt = clock.monotonic() + timeLeftMs,
  ): Leave => ({
    timeLeft: () => endAt - clock.monotonic(),
    quota: {
      payAlone: async () => {
        told.paid += 1;
        return right({ isOver: () => void (told.over += 1) });
      },
      payCaller: async () => right(undefined),
      payCall: async () => right(undefined),
      standFor: () => undefined,
      tellOf: () => undefined,
      place: async ({ charge }) => {
        const charged = await charge();
        if (!isLeft(charged)) told.places += 1;
        return charged;
      },
      hopeless: () => undefined,
      expect: () => ({ scarcity: () => 0, over: () => undefined }),
      ...change,
    },
  });
  const write = (
    timeoutMs: number,
    work: (timeoutMs: number) => AsyncResult<ProviderError, string>,
    timeLeftMs = timeoutMs,
    isRagged = false,
  ): AsyncResult<ProviderError, string> =>
    asOneWriter(
      deps,
      anAccess({ timeoutMs }),
      { spreadsheetId: 'sheet', leave: leaveOf(timeLeftMs), isRagged },
      (access) => work(access.timeoutMs),
    );
  const slow =
    (ms: number, result: Awaited<AsyncResult<ProviderError, string>> = right('done')) =>
    async (): AsyncResult<ProviderError, string> => {
      await clock.sleep(ms);
      return result;
    };
  return { clock, writers, deps, leaveOf, told, write, slow };
};

describe('a write as the only one', () => {
  it('waits for the one before, and has the time that is left then', async () => {
    const { clock, write, slow } = rig();
    const first = write(1_000, slow(400));
    const left: number[] = [];
    const second = write(1_000, async (timeoutMs) => {
      left.push(timeoutMs);
      return right('second');
    });
    expect(await settled(clock, Promise.all([first, second]))).to.deep.equal([
      right('done'),
      right('second'),
    ]);
    expect(left[0]).to.be.within(550, 600);
  });

  it('waits for its turn as long as its caller has time, and then has that of an attempt', async () => {
    const { clock, write, slow } = rig();
    const given: number[] = [];
    const writes = Array.from({ length: 9 }, () =>
      write(
        3_000,
        async (timeoutMs) => {
          given.push(timeoutMs);
          return slow(1_000)();
        },
        10_000,
      ),
    );
    const outcomes = await settled(clock, Promise.all(writes));
    expect(outcomes).to.deep.equal(writes.map(() => right('done')));
    expect(given.slice(0, 7)).to.deep.equal(Array(7).fill(3_000));
  });

  it('leaves its call time, and is not sent when only a moment of it is left', async () => {
    const { clock, writers, write } = rig();
    const turnOfOthers = await writers.hold('sheet', 60_000, 0);
    const late = write(3_000, async () => right('never'), 10_000);
    await clock.run(9_500);
    if (turnOfOthers !== 'busy') await turnOfOthers.release();
    const outcome = await settled(clock, late);
    expect(isLeft(outcome) && outcome.left.kind).to.equal('breaker-open');
  });

  it('goes on where more is written than there is time for, and is not sent with too little to be answered', async () => {
    const { clock, write } = rig();
    const ends = { written: 0, lost: 0, 'not sent': 0 };
    const takesMs = 400;
    const sent = async (timeoutMs: number): AsyncResult<ProviderError, string> => {
      await clock.sleep(Math.min(timeoutMs, takesMs));
      return timeoutMs < takesMs ? left({ kind: 'outcome-unknown', message: 'lost' }) : right('written');
    };
    const writer = async (): Promise<void> => {
      while (clock.monotonic() < 20_000) {
        const outcome = await write(2_000, sent);
        if (!isLeft(outcome)) ends.written += 1;
        else if (outcome.left.kind === 'outcome-unknown') ends.lost += 1;
        else ends['not sent'] += 1;
      }
    };
    await settled(clock, Promise.all(Array.from({ length: 12 }, writer)));
    expect(ends.lost).to.equal(0);
    expect(ends.written).to.be.at.least(45);
    expect(ends['not sent']).to.be.at.least(1);
  });

  it('is not sent when its turn does not come in time', async () => {
    const { clock, write, slow } = rig();
    const first = write(1_000, slow(900));
    let sent = 0;
    const second = await settled(
      clock,
      write(100, async () => {
        sent += 1;
        return right('never');
      }),
    );
    if (!isLeft(second)) throw new Error('sent');
    expect([second.left.kind, sent]).to.deep.equal(['breaker-open', 0]);
    await settled(clock, first);
  });

  it('keeps its turn a while after an end that nobody knows, in which the request may still arrive', async () => {
    const { clock, write, slow } = rig();
    const first = write(1_000, slow(100, left({ kind: 'outcome-unknown', message: 'lost' })));
    const startedAt = clock.monotonic();
    let second = 0;
    await settled(
      clock,
      Promise.all([
        first,
        write(5_000, async () => {
          second = clock.monotonic() - startedAt;
          return right('second');
        }),
      ]),
    );
    expect(second).to.be.at.least(1_100);
  });

  it('is answered when its end is not known, and not when its turn is over', async () => {
    const { clock, write, slow } = rig();
    const startedAt = clock.monotonic();
    const answeredAt = (work: Promise<unknown>): Promise<number> =>
      work.then(
        () => clock.monotonic() - startedAt,
        () => clock.monotonic() - startedAt,
      );
    const lost = write(1_000, slow(100, left({ kind: 'outcome-unknown', message: 'lost' })));
    expect(await settled(clock, answeredAt(lost))).to.be.within(100, 120);
    const failing = write(3_000, () => Promise.reject(new Error('bug')));
    expect(await settled(clock, answeredAt(failing))).to.be.within(1_100, 1_200);
  });

  it('is answered while its turn cannot be returned, which is retried until the turn expires', async () => {
    const { clock, writers, deps, leaveOf, slow } = rig();
    const hold: SpreadsheetWriters['hold'] = async (spreadsheet, holdMs, waitMs) => {
      const own = await writers.hold(spreadsheet, holdMs, waitMs);
      if (own === 'busy') return own;
      return { ...own, release: () => clock.sleep(holdMs).then(own.release) };
    };
    const startedAt = clock.monotonic();
    const cleared = asOneWriter(
      { ...deps, writers: { hold } },
      anAccess({ timeoutMs: 3_000 }),
      { spreadsheetId: 'sheet', leave: leaveOf(3_000), isRagged: true },
      slow(100),
    );
    expect(await settled(clock, cleared)).to.deep.equal(right('done'));
    expect(clock.monotonic() - startedAt).to.be.below(1_000);
  });

  it('pays when it is called up, and takes no place of the account when its turn does not come', async () => {
    const { clock, writers, write, told } = rig();
    await writers.hold('sheet', 60_000, 0);
    const outcome = await settled(
      clock,
      write(2_000, async () => right('never')),
    );
    expect([isLeft(outcome), told.paid, told.places]).to.deep.equal([true, 1, 0]);
  });

  it('is not sent when the account has no place for it', async () => {
    const { clock, deps, leaveOf, told } = rig();
    const none: ProviderError = { kind: 'quota-exceeded', scope: 'service', retryAfterMs: 1, message: 'm' };
    const leave = leaveOf(1_000, { place: async () => left(none) });
    const refused = { spreadsheetId: 'sheet', leave, isRagged: false };
    const outcome = asOneWriter(deps, anAccess(), refused, async () => right('never'));
    expect([await settled(clock, outcome), told.paid]).to.deep.equal([left(none), 0]);
    const allowed = { ...refused, leave: leaveOf(1_000) };
    const sent = asOneWriter(deps, anAccess(), allowed, async () => right('sent'));
    expect([await settled(clock, sent), told.paid, told.over]).to.deep.equal([right('sent'), 1, 1]);
  });

  it('reports cells that it left empty, or may have, to later writers, but not those of a refused write', async () => {
    const { clock, writers, write } = rig();
    const found: (string | undefined)[] = [];
    const after = async (
      isRagged: boolean,
      work: () => AsyncResult<ProviderError, string>,
    ): Promise<void> => {
      await settled(clock, Promise.allSettled([write(5_000, work, 5_000, isRagged)]));
      const next = await settled(clock, writers.hold('sheet', 60_000, 60_000));
      if (next === 'busy') throw new Error('busy');
      found.push(next.raggedCells);
      await next.release();
    };
    await after(false, async () => right('even'));
    await after(true, async () => left({ kind: 'request-rejected', message: 'refused' }));
    await after(true, async () => right('ragged'));
    await after(true, async () => left({ kind: 'outcome-unknown', message: 'lost' }));
    await after(true, () => Promise.reject(new Error('bug')));
    await after(false, async () => right('even'));
    expect(found).to.deep.equal([undefined, undefined, '1', '2', '3', '3']);
  });

  it('gives the turn on when it fails for a bug', async () => {
    const { clock, write } = rig();
    const failing = write(1_000, () => Promise.reject(new Error('bug')));
    const next = write(5_000, async () => right('next'));
    const outcomes = await settled(clock, Promise.allSettled([failing, next]));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled']);
  });
});
