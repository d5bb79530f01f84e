import { expect } from 'chai';
import { anchoredAppend } from '../../../../src/application/spreadsheet/anchored-append.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import type { AppendRows, ReadRanges } from '../../../../src/domain/provider/spreadsheet.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { anAccess } from '../../../support/provider-access.ts';

const rig = (values: readonly (readonly string[])[], echo = 'Sheet1!A1:Z1000', refusal?: ProviderError) => {
  let asked: { read?: ReadRanges; append?: AppendRows; reads: number } = { reads: 0 };
  let ragged: { raggedEdge?: string; raggedCells?: string } = {};
  const clock = fixedClock();
  const append = anchoredAppend({
    clock,
    read: async (_, request) => {
      asked.read = request;
      asked.reads += 1;
      if (refusal !== undefined) return left(refusal);
      return right({ valueRanges: [{ range: echo, majorDimension: 'ROWS', values }] });
    },
    append: async (_, request) => {
      asked.append = request;
      const update = { updatedRange: 'Sheet1!A1', updatedRows: 1, updatedColumns: 1, updatedCells: 1 };
      return right({ update });
    },
  });
  const run = async (range: string, ...rows: AppendRows['rows']) => send(range, rows);
  const send = async (range: string, rows: AppendRows['rows'], change: Partial<AppendRows> = {}) => {
    asked = { reads: 0 };
    const request: AppendRows = {
      spreadsheetId: 's',
      range,
      rows,
      valueInputOption: 'RAW',
      insertDataOption: 'OVERWRITE',
      ...change,
    };
    expect(isLeft(await append(anAccess(), request, ragged))).to.equal(false);
    return { read: asked.read?.ranges, append: asked.append?.range };
  };
  return {
    run,
    send,
    clock,
    reads: () => asked.reads,
    edgeIs: (raggedEdge: string) => void (ragged = { ...ragged, raggedEdge }),
    cellsAre: (raggedCells: string) => void (ragged = { ...ragged, raggedCells }),
  };
};

describe('an append that keeps its column', () => {
  it('names the first column of the range for rows that begin with a value', async () => {
    for (const found of [
      [],
      [['', 'b'], ['a']],
      Array.from({ length: 100 }, (_, n) => [n < 99 ? 'a' : '', 'b']),
    ])
      expect(await rig(found).run('Sheet1!B2:D', ['a', 'b'], [0, null])).to.deep.equal({
        read: ['Sheet1!B2:D101'],
        append: 'Sheet1!B2:B',
      });
  });

  for (const [range, columns, append] of [
    ['Sheet1', 'Sheet1', 'Sheet1!A5'],
    ['A3:G10', 'A3:G', 'A7'],
    ['Sheet1!A1:C1', 'Sheet1!A:C', 'Sheet1!A5'],
  ] as const)
    it(`goes below all that is used of ${range} where the tables in it begin further right`, async () => {
      const { run, reads } = rig([['Заявки'], [], ['', 'id', 'адрес'], ['', '1', 'a']]);
      expect(await run(range, ['a', 'b'])).to.deep.equal({ read: [columns], append });
      expect(reads()).to.equal(2);
    });

  it('looks for that once in ten minutes at each place, and not until it is even', async () => {
    const { run, reads, clock } = rig([['a']]);
    const looked = async (range: string): Promise<boolean> => {
      await run(range, ['a']);
      return reads() > 0;
    };
    expect(await looked('Sheet1')).to.equal(true);
    expect(await looked('Sheet1')).to.equal(false);
    expect(await looked('Sheet1!A:C')).to.equal(true);
    clock.advance(599_999);
    expect(await looked('Sheet1')).to.equal(false);
    clock.advance(600_000);
    expect(await looked('Sheet1')).to.equal(true);
  });

  it('finishes looking in time however often rows are added meanwhile, as people also write there', async () => {
    const { run, reads, clock } = rig([['a']]);
    const looks: number[] = [];
    for (let minute = 0; minute <= 20; minute += 1) {
      await run('Sheet1', ['a']);
      if (reads() > 0) looks.push(minute);
      clock.advance(60_000);
    }
    expect(looks).to.deep.equal([0, 10, 20]);
  });

  it('has looked where it read how much is used', async () => {
    const { run, reads } = rig([['a']]);
    await run('Sheet1', ['', 'b'], ['a']);
    await run('Sheet1', ['a']);
    expect(reads()).to.equal(0);
  });

  it('goes on without a look where only reading is refused', async () => {
    const exhausted = {
      kind: 'quota-exceeded',
      scope: 'service',
      retryAfterMs: 9_000,
      message: 'reads are used up',
    } as const;
    const { run, reads } = rig([], undefined, exhausted);
    expect(await run('Sheet1', ['a'])).to.deep.equal({ read: ['Sheet1!1:100'], append: 'Sheet1!A:A' });
    await run('Sheet1', ['a']);
    expect(reads(), 'looks again').to.equal(1);
  });

  it('goes on after cells were emptied where the account may write but never read', async () => {
    const { run, cellsAre } = rig([], undefined, { kind: 'credentials-rejected', message: 'may not read' });
    cellsAre('one');
    expect((await run('Sheet1', ['a'])).append).to.equal('Sheet1!A:A');
    expect((await run('Sheet1', ['a'])).append).to.equal('Sheet1!A:A');
  });

  it('does not look where the caller names one cell or column', async () => {
    const { run, reads } = rig([['', 'b']]);
    for (const range of ['Sheet1!B2', 'B:B', 'B2:B9']) {
      await run(range, ['a']);
      expect(reads(), range).to.equal(0);
    }
  });

  it('goes below such tables where rows are inserted, too, and not above them', async () => {
    const { send } = rig([['', 'id'], ['', '1']]); // prettier-ignore
    expect(await send('Sheet1', [['a']], { insertDataOption: 'INSERT_ROWS' })).to.deep.equal({
      read: ['Sheet1'],
      append: 'Sheet1!A3',
    });
  });

  for (const empty of ['', null])
    it(`reads how much is used for a row that begins with ${JSON.stringify(empty)}, and goes below`, async () => {
      expect(await rig([['a'], ['', 'b'], ['c']]).run('Sheet1!B2:D', ['a'], [empty, 'b'])).to.deep.equal({
        read: ['Sheet1!B2:D'],
        append: 'Sheet1!B5',
      });
    });

  it('does so where cells were written or emptied, too, but not for one cell or column that the caller named', async () => {
    const { run, cellsAre, edgeIs } = rig([['', 'b']]);
    const appended = async (range: string) => (await run(range, ['a', 'b'])).append;
    cellsAre('one');
    expect(await appended('Sheet1!B2:D')).to.equal('Sheet1!B3');
    expect(await appended('Sheet1!B2:D')).to.equal('Sheet1!B2:B');
    cellsAre('another');
    expect(await appended('Sheet1!B2:D')).to.equal('Sheet1!B3');
    edgeIs('one');
    expect(await appended('Sheet1!B2:D')).to.equal('Sheet1!B3');
    expect(await appended('Sheet1!B2:D')).to.equal('Sheet1!B2:B');
    expect(await appended('Sheet1!B2')).to.equal('Sheet1!B3');
    cellsAre('a third');
    expect(await appended('Sheet1!B2')).to.equal('Sheet1!B2');
    expect(await appended('Sheet1!B:B')).to.equal('Sheet1!B2');
  });

  it('goes below its own table where cells were emptied, not below one next to a blank column', async () => {
    const list = [['', '', 'x'], ['', '', 'x']]; // prettier-ignore
    const below = async (table: readonly (readonly string[])[], ...row: readonly string[]) => {
      const { run, cellsAre } = rig([...table, ...list]);
      cellsAre('one');
      return (await run('Sheet1', row)).append;
    };
    expect(await below([['id', '', 'list']], 'a')).to.equal('Sheet1!A2');
    expect(await below([['id', '', 'list']], 'a', 'b')).to.equal('Sheet1!A2');
    expect(await below([['id', '', 'list']], 'a', 'b', 'c')).to.equal('Sheet1!A4');
    expect(await below([['id', 'name', 'list']], 'a')).to.equal('Sheet1!A4');
    expect(await below([['', '', 'list']], 'a')).to.equal('Sheet1!A4');
  });

  it('looks at all columns that its rows will be written to, including those outside its range', async () => {
    const { run, cellsAre } = rig([['id'], [], ['', '', '', 'kept'], ['other']]); // prettier-ignore
    cellsAre('one');
    expect(await run('A1:B1', ['2', '', '', 'd'])).to.deep.equal({ read: ['A:D'], append: 'A2' });
    expect(await run('A1:B1', ['', '', '', 'd'])).to.deep.equal({ read: ['A:D'], append: 'A5' });
    expect((await rig([]).run('B2:B', ['', 'b', 'c'])).read).to.deep.equal(['B2:D']);
    expect((await rig([]).run('B2:D', ['', 'b'])).read).to.deep.equal(['B2:D']);
    expect((await rig([]).run('ZZY:ZZY', ['', 'b', 'c'])).read).to.deep.equal(['ZZY:ZZZ']);
    const full = rig([['', 'a'], ['', 'b']], 'Sheet1!A1:B2'); // prettier-ignore
    expect((await full.run('Sheet1!A:A', ['', 'c'])).append).to.equal('Sheet1!A:B');
  });

  it('goes below the rows of its own range where cells were emptied, not below a table further down', async () => {
    const stacked = [['id', 'x'], ['1', 'a'], [], [], ['other', 'x'], ['1', 'b'], [], ['', 'sum']]; // prettier-ignore
    const below = async (
      range: string,
      rows: number,
      how: Partial<AppendRows> = {},
      there: readonly (readonly string[])[] = stacked,
    ) => {
      const { send, cellsAre } = rig(there);
      cellsAre('one');
      return (
        await send(
          range,
          Array.from({ length: rows }, () => ['2', 'b']),
          how,
        )
      ).append;
    };
    for (const range of ['A1:B1', 'A1:B2', 'A1:B3', 'A1:B4'])
      expect(await below(range, 2), range).to.equal('A3');
    expect(await below('A1:B2', 3), 'over nothing').to.equal('A9');
    expect(await below('A1:B2', 3, { insertDataOption: 'INSERT_ROWS' })).to.equal('A3');
    expect(await below('A1:B5', 1)).to.equal('A7');
    expect(await below('A1:B', 1)).to.equal('A9');
    expect(await below('A1:B2', 1, {}, [['', 'x'], ['', 'a'], [], ['other', 'x']])).to.equal('A3'); // prettier-ignore
    expect(await below('A1:B2', 1, {}, [[], [], ['other', 'x']])).to.equal('A1');
  });

  it('reads how much is used where rows were left that begin with nothing, at each place until one begins with a value', async () => {
    const { run, edgeIs } = rig([['', 'b']]);
    const appended = async (range: string, ...cells: string[]) => (await run(range, cells)).append;
    edgeIs('one');
    expect(await appended('Sheet1!B2:D', 'a', 'b')).to.equal('Sheet1!B3');
    expect(await appended('Sheet1!B2:D', 'c', 'd')).to.equal('Sheet1!B2:B');
    expect(await appended('Another!B2:D', 'a')).to.equal('Another!B3');
    edgeIs('another');
    expect(await appended('Sheet1!B2:D', '', 'b')).to.equal('Sheet1!B3');
    expect(await appended('Sheet1!B2:D', 'a', 'b')).to.equal('Sheet1!B3');
    expect(await appended('Sheet1!B2:D', 'c', 'd')).to.equal('Sheet1!B2:B');
  });

  for (const kind of ['provider-timeout', 'answer-not-understood'] as const)
    it(`has sent nothing when its read fails: ${kind}`, async () => {
      const append = anchoredAppend({
        clock: fixedClock(),
        read: async () => left({ kind, message: 'no answer' }),
        append: () => Promise.reject(new Error('sent all the same')),
      });
      const how = { valueInputOption: 'RAW', insertDataOption: 'OVERWRITE' } as const;
      const rows = [['', 'x']];
      expect(await append(anAccess(), { spreadsheetId: 's', range: 'A:C', rows, ...how })).to.deep.equal(
        left({
          kind: 'provider-unavailable',
          message: 'no answer; nothing was sent',
          ...(kind === 'provider-timeout' && { isOutOfTime: true }),
        }),
      );
    });

  it('leaves the place to the provider where the grid ends', async () => {
    const full = rig([['a'], ['', 'b']], 'Sheet1!A1:C2');
    expect((await full.run('Sheet1!A:C', ['', 'x'])).append).to.equal('Sheet1!A:C');
  });

  it('names the first cell of the last row where the grid ends, which belongs to no neighbouring table', async () => {
    const full = rig([['a', '', 'x'], ['b', '', 'y']], 'Sheet1!A1:C2'); // prettier-ignore
    const appended = async (row: readonly string[]) => (await full.run('Sheet1!A:C', row)).append;
    expect(await appended(['', 'x'])).to.equal('Sheet1!A2');
    full.cellsAre('one');
    expect(await appended(['c'])).to.equal('Sheet1!A2');
    full.edgeIs('one');
    expect(await appended(['c'])).to.equal('Sheet1!A2');
  });

  describe('to a word that is no sheet', () => {
    /** Refuses a range that does not begin with the title of `echo`, which is how a read of the word is answered. */
    const appending = (range: string, echo: string) => {
      const clock = fixedClock();
      let [ranges, counted]: [string[], string[]] = [[], []];
      let now = echo;
      const append = anchoredAppend({
        clock,
        read: async () => right({ valueRanges: [{ range: now, majorDimension: 'ROWS', values: [] }] }),
        append: async (_, request) => {
          ranges.push(request.range);
          if (!request.range.startsWith(now.split('!')[0] ?? ''))
            return left({ kind: 'request-rejected', message: 'no' });
          const update = { updatedRange: 'Sheet1!A1', updatedRows: 1, updatedColumns: 1, updatedCells: 1 };
          return right({ update });
        },
      });
      const account = {
        another: async (kind: string) => right(void counted.push(kind)),
        refused: () => undefined,
      };
      const how = { valueInputOption: 'RAW', insertDataOption: 'OVERWRITE' } as const;
      const once = async (moved = now) => {
        now = moved;
        [ranges, counted] = [[], []];
        const outcome = await append(anAccess({ account }), {
          spreadsheetId: 's',
          range,
          rows: [['a']],
          ...how,
        });
        return { ranges, counted, isDone: !isLeft(outcome) };
      };
      return { once, clock };
    };
    const appendTo = (range: string, echo: string) => appending(range, echo).once();

    it('goes to the cells that the word names, and counts what it took to find them', async () => {
      expect(await appendTo('Orders', "'Заявки'!B2:D4")).to.deep.equal({
        ranges: ['Orders!A:A', "'Заявки'!B2:B4"],
        counted: ['reads', 'reads', 'writes', 'reads'],
        isDone: true,
      });
    });

    it('goes there at once for a minute, or until that is refused', async () => {
      const { once, clock } = appending('Orders', "'Заявки'!B2:D4");
      await once();
      clock.advance(59_999);
      expect(await once()).to.deep.equal({ ranges: ["'Заявки'!B2:B4"], counted: [], isDone: true });
      expect(await once('Moved!C1:D4')).to.deep.equal({
        ranges: ["'Заявки'!B2:B4", 'Moved!C1:C4'],
        counted: ['reads', 'writes'],
        isDone: true,
      });
      clock.advance(60_000);
      expect((await once()).ranges).to.deep.equal(['Orders!A:A', 'Moved!C1:C4']);
    });

    it('is refused once where the word is a sheet all the same', async () => {
      expect(await appendTo('Orders', 'ORDERS!A1:Z1000')).to.deep.include({
        ranges: ['Orders!A:A'],
        isDone: false,
      });
    });

    it('is refused at once where it can be no name', async () => {
      expect(await appendTo('Sheet1!A1:C', "'Заявки'!B2:D4")).to.deep.include({
        ranges: ['Sheet1!A:A'],
        counted: ['reads'],
      });
    });
  });

  it('appends nothing when it cannot be read how much is used', async () => {
    let appended = 0;
    const append = anchoredAppend({
      clock: fixedClock(),
      read: async () => left({ kind: 'provider-unavailable', message: 'away' }),
      append: async () => {
        appended += 1;
        return left({ kind: 'provider-unavailable', message: 'away' });
      },
    });
    const request = { spreadsheetId: 's', range: 'A1', rows: [['']], valueInputOption: 'RAW' } as const;
    const result = await append(anAccess(), { ...request, insertDataOption: 'OVERWRITE' });
    expect([isLeft(result), appended]).to.deep.equal([true, 0]);
  });
});
