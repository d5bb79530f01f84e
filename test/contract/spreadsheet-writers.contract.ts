import { expect } from 'chai';
import type { SpreadsheetWriters, WriterTurn } from '../../src/domain/spreadsheet/spreadsheet-writers.ts';

export type SpreadsheetWritersHarness = {
  /** Several adapters over the same turns, as in several replicas; at least one. */
  readonly replicas: readonly [SpreadsheetWriters, ...SpreadsheetWriters[]];
  /** Lets enough time pass for everything in progress. */
  readonly pass: <A>(work: Promise<A>) => Promise<A>;
};

/** The rules for every `SpreadsheetWriters`. `open` gives an instance in which no turn is held. */
export const spreadsheetWritersContract = (
  name: string,
  open: () => Promise<SpreadsheetWritersHarness>,
): void => {
  describe(`${name} as spreadsheet writers`, () => {
    let harness: SpreadsheetWritersHarness;
    let writers: SpreadsheetWriters;
    /** Another replica if there is one. */
    let others: SpreadsheetWriters;
    let sheet: string;
    let opened = 0;
    let held: WriterTurn[] = [];
    beforeEach(async () => {
      harness = await open();
      writers = harness.replicas[0];
      others = harness.replicas.at(-1) ?? writers;
      sheet = `sheet-${(opened += 1)}`;
    });
    // Each held turn keeps a timer, and with it the test process, until its lease would expire.
    afterEach(async () => {
      await harness.pass(Promise.all(held.map((turn) => turn.release())));
      held = [];
    });

    const turnOf = (answer: WriterTurn | 'busy'): WriterTurn => {
      if (answer === 'busy') throw new Error('busy where a turn was expected');
      held.push(answer);
      return answer;
    };
    const hold = async (by = writers, holdMs = 60_000, waitMs = 60_000, id = sheet) =>
      turnOf(await harness.pass(by.hold(id, holdMs, waitMs)));

    it('give the turn to the first, and tell another that it did not get it in time', async () => {
      await hold();
      expect(await harness.pass(others.hold(sheet, 60_000, 30))).to.equal('busy');
      expect(await harness.pass(writers.hold(sheet, 60_000, 0))).to.equal('busy');
    });

    it('keep spreadsheets apart', async () => {
      await hold();
      await hold(others, 60_000, 0, `${sheet}-other`);
    });

    it('give the turn to a waiting writer as soon as it is returned', async () => {
      const first = await hold();
      const second = others.hold(sheet, 60_000, 60_000);
      await first.release();
      const turn = turnOf(await harness.pass(second));
      expect(await harness.pass(writers.hold(sheet, 60_000, 0))).to.equal('busy');
      await turn.release();
      await hold(writers);
    });

    it('take the turn from a holder that died', async () => {
      await hold(writers, 40);
      await hold(others);
    });

    it('do nothing when a turn is returned twice, or after it expired', async () => {
      const first = await hold();
      await first.release();
      const second = await hold(others, 20);
      await first.release();
      const third = await hold(writers);
      await second.release();
      expect(await harness.pass(others.hold(sheet, 60_000, 0))).to.equal('busy');
      await third.release();
    });

    it('report a ragged edge to every later holder, with a new identity each time one is left', async () => {
      const turns = async (by: SpreadsheetWriters, isRagged: boolean): Promise<string | undefined> => {
        const turn = await hold(by);
        if (isRagged) turn.leavesRaggedEdge();
        await turn.release();
        return turn.raggedEdge;
      };
      expect(await turns(writers, false)).to.equal(undefined);
      expect(await turns(writers, true)).to.equal(undefined);
      const [first, again] = [await turns(others, false), await turns(writers, true)];
      expect(first).to.be.a('string');
      expect(again).to.equal(first);
      expect(await turns(others, false))
        .to.be.a('string')
        .and.not.equal(first);
      expect((await hold(others, 60_000, 60_000, `${sheet}-other`)).raggedEdge).to.equal(undefined);
    });

    it('report the same for individual cells, separately from what was left at an edge', async () => {
      const turns = async (by: SpreadsheetWriters, leaves?: 'cells' | 'edge') => {
        const turn = await hold(by);
        if (leaves === 'cells') turn.leavesRaggedCells();
        if (leaves === 'edge') turn.leavesRaggedEdge();
        await turn.release();
        return turn;
      };
      expect((await turns(writers, 'cells')).raggedCells).to.equal(undefined);
      const first = await turns(others);
      expect(first.raggedCells).to.be.a('string');
      expect(first.raggedEdge).to.equal(undefined);
      await turns(others, 'edge');
      const both = await turns(writers, 'cells');
      expect(both.raggedCells).to.equal(first.raggedCells);
      expect(both.raggedEdge).to.be.a('string');
      expect((await turns(others)).raggedCells)
        .to.be.a('string')
        .and.not.equal(first.raggedCells);
    });

    it('report rows and cells left under an expired turn, and do not disturb its next holder', async () => {
      const lost = await hold(writers, 20);
      const next = await hold(others);
      lost.leavesRaggedCells();
      lost.leavesRaggedEdge();
      await lost.release();
      expect(await harness.pass(writers.hold(sheet, 60_000, 0))).to.equal('busy');
      await next.release();
      const { raggedCells, raggedEdge } = await hold(writers);
      expect([raggedCells, raggedEdge].map((word) => typeof word)).to.deep.equal(['string', 'string']);
    });

    it('give no turn to a writer that no longer waits', async () => {
      const first = await hold();
      expect(await harness.pass(others.hold(sheet, 60_000, 20))).to.equal('busy');
      await first.release();
      await hold(writers, 60_000, 0);
    });

    it('admit one at a time, those waiting in one process in the order they came', async () => {
      let inside = 0;
      const orders = harness.replicas.map((): number[] => []);
      const visit = async (by: SpreadsheetWriters, replica: number, visitor: number): Promise<void> => {
        const turn = turnOf(await by.hold(sheet, 60_000, 60_000));
        inside += 1;
        expect(inside).to.equal(1);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        orders[replica]?.push(visitor);
        await turn.release();
      };
      const visits = harness.replicas.flatMap((by, replica) =>
        Array.from({ length: 8 }, (_, visitor) => visit(by, replica, visitor)),
      );
      await harness.pass(Promise.all(visits));
      expect(orders).to.deep.equal(harness.replicas.map(() => [0, 1, 2, 3, 4, 5, 6, 7]));
    });
  });
};
