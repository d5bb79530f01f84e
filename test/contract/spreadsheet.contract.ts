import { expect } from 'chai';
import type { AccountCalls, ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { ProviderError, ProviderErrorKind } from '../../src/domain/provider/provider-error.ts';
import type {
  CellValue,
  MarkedOutcome,
  MarkedRows,
  Spreadsheet,
  UpdatedRange,
  WrittenCell,
} from '../../src/domain/provider/spreadsheet.ts';
import { left, right, type Either } from '../../src/domain/shared/fp.ts';
import { answered, refused } from '../support/provider-access.ts';

/**
 * How the provider behind the adapter is to behave on the next call only, or on the next two where its name says so.
 */
export type SpreadsheetMood =
  | 'expires-the-token'
  | 'is-over-quota'
  | 'is-down'
  | 'drops-before-the-work'
  | 'fails-after-the-work'
  | 'drops-after-the-work'
  | 'hangs-after-the-work'
  | 'answers-html'
  | 'answers-half-json'
  | 'drops-two-looks-for-marks'
  | 'drops-two-reads';

export type SpreadsheetSubject = {
  readonly spreadsheet: Spreadsheet;
  readonly access: (change?: Partial<ProviderAccess>) => ProviderAccess;
  /**
   * A new spreadsheet with these sheets, of 1,000 rows and 26 columns, shared with the account unless told otherwise;
   * the sheets with titles in `hidden` are hidden.
   */
  readonly create: (
    sheets: Readonly<Record<string, readonly (readonly WrittenCell[])[]>>,
    sharing?: 'shared' | 'not-shared' | 'office-file',
    hidden?: readonly string[],
  ) => Promise<string>;
  /** The stored values with their types, starting at A1. */
  readonly rows: (spreadsheetId: string, sheet?: string) => readonly (readonly CellValue[])[];
  readonly put: (mood: SpreadsheetMood) => void;
  /** The number of API calls so far, without those for tokens. */
  readonly calls: () => number;
  readonly email: string;
  readonly close: () => Promise<void>;
};

const PLANTED = 'PLANTED-cell-value';
const plain = {
  majorDimension: 'ROWS',
  valueRenderOption: 'UNFORMATTED_VALUE',
  dateTimeRenderOption: 'SERIAL_NUMBER',
} as const;

const READ_FAILURES: readonly (readonly [SpreadsheetMood, ProviderErrorKind])[] = [
  ['is-over-quota', 'quota-exceeded'],
  ['is-down', 'provider-unavailable'],
  ['drops-before-the-work', 'provider-unavailable'],
  ['fails-after-the-work', 'provider-unavailable'],
  ['drops-after-the-work', 'provider-unavailable'],
  ['hangs-after-the-work', 'provider-timeout'],
  ['answers-html', 'answer-not-understood'],
  ['answers-half-json', 'answer-not-understood'],
];
const UNCLEAR: readonly SpreadsheetMood[] = [
  'is-down',
  'drops-before-the-work',
  'fails-after-the-work',
  'drops-after-the-work',
  'hangs-after-the-work',
  'answers-html',
  'answers-half-json',
];

/** The rules for every provider behind the port `Spreadsheet`. */
export const spreadsheetContract = (name: string, build: () => Promise<SpreadsheetSubject>): void => {
  describe(`spreadsheet contract: ${name}`, () => {
    let subject: SpreadsheetSubject;
    before(async () => (subject = await build()));
    after(() => subject.close());

    const read = (spreadsheetId: string, ...ranges: string[]) =>
      subject.spreadsheet.read(subject.access(SOON), { spreadsheetId, ranges, ...plain });
    const write = (
      spreadsheetId: string,
      ...cells: (readonly [string, readonly (readonly WrittenCell[])[]])[]
    ) =>
      subject.spreadsheet.write(subject.access(SOON), {
        spreadsheetId,
        valueInputOption: 'RAW',
        data: cells.map(([range, values]) => ({ range, majorDimension: 'ROWS', values })),
      });
    const append = (spreadsheetId: string, ...rows: (readonly WrittenCell[])[]) =>
      subject.spreadsheet.append(subject.access(SOON), {
        spreadsheetId,
        range: 'Sheet1!A1',
        rows,
        valueInputOption: 'RAW',
        insertDataOption: 'OVERWRITE',
      });
    const marked = (
      spreadsheetId: string,
      operations: readonly MarkedRows[],
      { firstColumn = 0, sheetTitle = undefined as string | undefined, timeoutMs = 2_000 } = {},
    ) =>
      subject.spreadsheet.appendMarked(subject.access({ timeoutMs }), {
        spreadsheetId,
        sheetTitle,
        firstColumn,
        operations,
      });
    const callsOf = async <A>(work: () => Promise<A>): Promise<readonly [A, number]> => {
      const before = subject.calls();
      return [await work(), subject.calls() - before];
    };
    let lastMark = 1_000;
    const rowsOf = (...rows: (readonly WrittenCell[])[]): MarkedRows => ({ mark: (lastMark += 1), rows });

    it('describes a spreadsheet', async () => {
      const id = await subject.create({ Sheet1: [], 'Лист 2': [['a']] });
      const metadata = answered(await subject.spreadsheet.metadata(subject.access(), { spreadsheetId: id }));
      expect(metadata.spreadsheetId).to.equal(id);
      expect(metadata.sheets.map(({ title }) => title)).to.deep.equal(['Sheet1', 'Лист 2']);
      for (const sheet of metadata.sheets) expect(sheet).to.include({ rowCount: 1_000, columnCount: 26 });
      expect(new Set(metadata.sheets.map(({ sheetId }) => sheetId)).size).to.equal(2);
      expect(metadata.title).to.be.a('string').and.not.equal('');
    });

    it('reads ranges in the order asked, trimmed, with their types', async () => {
      const id = await subject.create({
        Sheet1: [
          ['id', 7, true],
          ['', '', ''],
          ['007', null, -1.5],
        ],
      });
      const whole = answered(await read(id, 'Sheet1!A1:D9'));
      expect(whole.valueRanges[0]?.values).to.deep.equal([['id', 7, true], [], ['007', '', -1.5]]);
      const both = answered(await read(id, 'Sheet1!C3', 'Sheet1!F1:G2'));
      expect(both.valueRanges.map(({ range, values }) => [range, values])).to.deep.equal([
        ['Sheet1!C3', [[-1.5]]],
        ['Sheet1!F1:G2', []],
      ]);
    });

    it('writes one range or several, skips null cells and empties cells given as ""', async () => {
      const id = await subject.create({ Sheet1: [['a', 'b', 'c']], 'Лист 2': [] });
      expect(answered(await write(id, ['Sheet1!A1:C1', [['x', null, '']]])).updates).to.deep.equal([
        { updatedRange: 'Sheet1!A1:C1', updatedRows: 1, updatedColumns: 2, updatedCells: 2 },
      ]);
      expect(subject.rows(id)).to.deep.equal([['x', 'b']]);
      const several = answered(await write(id, ['Sheet1!A2', [[1]]], ["'Лист 2'!B1", [[true], ['0123']]]));
      expect(several.updates.map(({ updatedRange }) => updatedRange)).to.deep.equal([
        'Sheet1!A2',
        "'Лист 2'!B1:B2",
      ]);
      expect(subject.rows(id, 'Лист 2')).to.deep.equal([
        ['', true],
        ['', '0123'],
      ]);
    });

    it('writes all of several ranges or none', async () => {
      const id = await subject.create({ Sheet1: [['a']] });
      expect(refused(await write(id, ['Sheet1!A1', [['x']]], ['Nowhere!A1', [['y']]])).kind).to.equal(
        'request-rejected',
      );
      expect(subject.rows(id)).to.deep.equal([['a']]);
    });

    it('appends below a table and reports where', async () => {
      const id = await subject.create({ Sheet1: [['a', '', 'c']] });
      const { tableRange, update } = answered(await append(id, ['v', 1, false]));
      expect(tableRange).to.equal('Sheet1!A1');
      expect(update).to.deep.include({ updatedRange: 'Sheet1!A2:C2', updatedCells: 3 });
      const empty = await subject.create({ Sheet1: [] });
      expect(answered(await append(empty, ['v']))).to.not.have.property('tableRange');
    });

    it('clears one range or several', async () => {
      const id = await subject.create({
        Sheet1: [
          ['a', 'b'],
          ['c', 'd'],
          ['e', 'f'],
        ],
      });
      const clear = (...ranges: string[]) =>
        subject.spreadsheet.clear(subject.access(), { spreadsheetId: id, ranges });
      expect(answered(await clear('Sheet1!A1')).clearedRanges).to.deep.equal(['Sheet1!A1']);
      expect(answered(await clear('Sheet1!B1:B2', 'Sheet1!A3')).clearedRanges).to.have.length(2);
      expect(subject.rows(id)).to.deep.equal([[], ['c'], ['', 'f']]);
    });

    describe('marked rows', () => {
      const updates = (outcomes: readonly MarkedOutcome[]): readonly (UpdatedRange | undefined)[] =>
        outcomes.map(({ update }) => update);
      const ranges = (outcomes: readonly MarkedOutcome[]) =>
        updates(outcomes).map((update) => update?.updatedRange);
      const kinds = (outcomes: readonly MarkedOutcome[]) => outcomes.map(({ kind }) => kind);

      it('are written below the last row with any content, each operation with its own range', async () => {
        const id = await subject.create({ Sheet1: [['a'], [], ['', '', 'c']] });
        const operations = [rowsOf(['x', 1, true], ['', null, 'z']), rowsOf(['y'])];
        const outcomes = answered(await marked(id, operations));
        expect(kinds(outcomes)).to.deep.equal(['appended', 'appended']);
        expect(outcomes.map(({ mark }) => mark)).to.deep.equal(operations.map(({ mark }) => mark));
        expect(updates(outcomes)).to.deep.equal([
          { updatedRange: 'Sheet1!A4:C5', updatedRows: 2, updatedColumns: 3, updatedCells: 5 },
          { updatedRange: 'Sheet1!A6', updatedRows: 1, updatedColumns: 1, updatedCells: 1 },
        ]);
        expect(subject.rows(id).slice(3)).to.deep.equal([['x', 1, true], ['', '', 'z'], ['y']]);
      });

      it('begin at the requested column of the requested sheet, whose title may be unusual', async () => {
        const id = await subject.create({ Sheet1: [['kept']], "O'Brien !": [['a']] });
        const outcomes = answered(
          await marked(id, [rowsOf(['x', 'y'])], { firstColumn: 2, sheetTitle: "o'brien !" }),
        );
        expect(ranges(outcomes)).to.deep.equal(["'O''Brien !'!C2:D2"]);
        expect(subject.rows(id, "O'Brien !")).to.deep.equal([['a'], ['', '', 'x', 'y']]);
        expect(subject.rows(id)).to.deep.equal([['kept']]);
      });

      it('go to the first visible sheet, as all ranges without a title do', async () => {
        const id = await subject.create({ Lists: [['hidden']], Sheet1: [['head']] }, 'shared', ['Lists']);
        expect(ranges(answered(await marked(id, [rowsOf(['x'])])))).to.deep.equal(['Sheet1!A2']);
        expect(answered(await read(id, 'A1:A2')).valueRanges[0]?.values).to.deep.equal([['head'], ['x']]);
        expect(subject.rows(id, 'Lists')).to.deep.equal([['hidden']]);
      });

      it('are stored as text where they were given as text', async () => {
        const id = await subject.create({ Sheet1: [] });
        const row = ['=1+1', '+7 495', '007', '1,5', 'TRUE', '2026-11-22', "'x", '@a', '\tb'];
        answered(await marked(id, [rowsOf(row)]));
        expect(subject.rows(id)).to.deep.equal([row]);
      });

      it('cost one call each once the sheet is known, and are written one below the other', async () => {
        const id = await subject.create({ Sheet1: [] });
        answered(await marked(id, [rowsOf(['first'])]));
        for (let row = 2; row < 6; row += 1) {
          const [outcomes, calls] = await callsOf(() => marked(id, [rowsOf([`row ${row}`])]));
          expect(ranges(answered(outcomes))).to.deep.equal([`Sheet1!A${row}`]);
          expect(calls).to.equal(1);
        }
      });

      it('are found after others wrote in between or removed rows', async () => {
        const id = await subject.create({ Sheet1: [] });
        answered(await marked(id, [rowsOf(['one'], ['two'], ['three'])]));
        answered(await write(id, ['Sheet1!A5', [['by hand']]]));
        expect(ranges(answered(await marked(id, [rowsOf(['four'])])))).to.deep.equal(['Sheet1!A6']);
        const clear = { spreadsheetId: id, ranges: ['Sheet1!A2:A9'] };
        answered(await subject.spreadsheet.clear(subject.access(), clear));
        expect(ranges(answered(await marked(id, [rowsOf(['five'])])))).to.deep.equal(['Sheet1!A2']);
        expect(subject.rows(id)).to.deep.equal([['one'], ['five']]);
      });

      it('cost one call each again after the first append that follows a removal of rows by others', async () => {
        const id = await subject.create({ Sheet1: Array.from({ length: 50 }, (_, n) => [`row ${n}`]) });
        answered(await marked(id, [rowsOf(['fifty-first'])]));
        const clear = { spreadsheetId: id, ranges: ['Sheet1!A2:A60'] };
        answered(await subject.spreadsheet.clear(subject.access(), clear));
        expect(ranges(answered(await marked(id, [rowsOf(['second'])])))).to.deep.equal(['Sheet1!A2']);
        for (let row = 3; row < 6; row += 1) {
          const [outcomes, calls] = await callsOf(() => marked(id, [rowsOf([`row ${row}`])]));
          expect([ranges(answered(outcomes)), calls]).to.deep.equal([[`Sheet1!A${row}`], 1]);
        }
      });

      it('are written once however often they are sent, and are found again', async () => {
        const id = await subject.create({ Sheet1: [['head']] });
        const operations = [rowsOf(['x', null, 1.5]), rowsOf(['x', null, 1.5])];
        const first = answered(await marked(id, operations));
        answered(await marked(id, [rowsOf(['later'])]));
        const again = answered(await marked(id, operations));
        expect(kinds(again)).to.deep.equal(['already', 'already']);
        expect(updates(again)).to.deep.equal(updates(first));
        expect(subject.rows(id)).to.have.length(4);
      });

      it('are distinguished from identical rows that others wrote below them, or their place is not reported', async () => {
        const id = await subject.create({ Sheet1: [['head']] });
        const [one, twin, alone] = [rowsOf(['equal', 1]), rowsOf(['equal', 1]), rowsOf(['alone'])];
        answered(await marked(id, [one, alone]));
        answered(await marked(id, [twin]));
        const again = [one, alone].map((operation) => ({ ...operation, isRepeat: true }));
        const outcomes = answered(await marked(id, again));
        expect(kinds(outcomes)).to.deep.equal(['already', 'already']);
        expect(ranges(outcomes)).to.deep.equal([undefined, 'Sheet1!A3']);
        const both = [one, twin].map((operation) => ({ ...operation, isRepeat: true }));
        expect(ranges(answered(await marked(id, both)))).to.deep.equal(['Sheet1!A2:B2', 'Sheet1!A4:B4']);
      });

      it('are found although the search for them fails twice', async () => {
        const id = await subject.create({ Sheet1: [['head']] });
        const operation = rowsOf(['x']);
        answered(await marked(id, [operation]));
        for (const mood of ['drops-two-looks-for-marks', 'drops-two-reads'] as const) {
          subject.put(mood);
          expect([mood, ...ranges(answered(await marked(id, [operation])))]).to.deep.equal([
            mood,
            'Sheet1!A2',
          ]);
        }
      });

      it('are written once when they are sent twice at the same time', async () => {
        const id = await subject.create({ Sheet1: [] });
        answered(await marked(id, [rowsOf(['known'])]));
        const operations = [rowsOf(['x']), rowsOf(['y'])];
        const both = await Promise.all([marked(id, operations), marked(id, operations)]);
        const [one, other] = both.map((outcome) => answered(outcome));
        expect([kinds(one!)[0], kinds(other!)[0]]).to.have.members(['already', 'appended']);
        expect(updates(one!)).to.deep.equal(updates(other!));
        expect(subject.rows(id)).to.deep.equal([['known'], ['x'], ['y']]);
      });

      it('are written even if others in the same request had been written before', async () => {
        const id = await subject.create({ Sheet1: [] });
        const [before, after] = [rowsOf(['before']), rowsOf(['after'])];
        answered(await marked(id, [before]));
        const outcomes = answered(await marked(id, [after, before]));
        expect(kinds(outcomes)).to.deep.equal(['appended', 'already']);
        expect(ranges(outcomes)).to.deep.equal(['Sheet1!A2', 'Sheet1!A1']);
        expect(subject.rows(id)).to.deep.equal([['before'], ['after']]);
      });

      it('count as written even if somebody has changed them since', async () => {
        const id = await subject.create({ Sheet1: [] });
        const operation = rowsOf(['as written']);
        answered(await marked(id, [operation]));
        answered(await write(id, ['Sheet1!A1', [['changed']]]));
        expect(answered(await marked(id, [operation]))).to.deep.equal([
          { kind: 'already', mark: operation.mark, update: undefined },
        ]);
      });

      it('count as written when their sheet has been renamed, and other rows in the same request are refused', async () => {
        const id = await subject.create({ Sheet1: [] });
        const [landed, lost] = [rowsOf(['landed']), rowsOf(['never sent'])];
        answered(await marked(id, [landed]));
        const renamed = { sheetTitle: 'As it was called before' };
        const again = (...operations: MarkedRows[]) =>
          marked(id, operations.map((operation) => ({ ...operation, isRepeat: true })), renamed); // prettier-ignore
        expect(answered(await again(landed))).to.deep.equal([
          { kind: 'already', mark: landed.mark, update: undefined },
        ]);
        expect(refused(await again(lost))).to.deep.include({ kind: 'request-rejected', isUnwritten: true });
        const both = refused(await again(landed, lost));
        expect(both.kind).to.equal('request-rejected');
        expect(both, 'each is to be tried by itself').not.to.have.any.keys('isOfPlace', 'isUnwritten');
        expect(subject.rows(id)).to.deep.equal([['landed']]);
      });

      for (const mood of UNCLEAR)
        it(`are written once when the provider ${mood.replaceAll('-', ' ')}`, async () => {
          const id = await subject.create({ Sheet1: [['head']] });
          answered(await marked(id, [rowsOf(['known'])]));
          const operations = [rowsOf(['x', 1]), rowsOf(['y'])];
          subject.put(mood);
          const outcomes = answered(await marked(id, operations, { timeoutMs: 3_000 }));
          expect(ranges(outcomes)).to.deep.equal(['Sheet1!A3:B3', 'Sheet1!A4']);
          expect(subject.rows(id).slice(2)).to.deep.equal([['x', 1], ['y']]);
        });

      it('have an unknown outcome when no answer comes in time, and are written once when sent again', async () => {
        const id = await subject.create({ Sheet1: [['head']] });
        answered(await marked(id, [rowsOf(['known'])]));
        const operations = [rowsOf(['x'])];
        subject.put('hangs-after-the-work');
        expect(refused(await marked(id, operations, { timeoutMs: 400 })).kind).to.equal('outcome-unknown');
        expect(ranges(answered(await marked(id, operations)))).to.deep.equal(['Sheet1!A3']);
        expect(subject.rows(id)).to.deep.equal([['head'], ['known'], ['x']]);
      });

      it('are refused when they are empty, or their sheet does not exist', async () => {
        const id = await subject.create({ Sheet1: [] });
        expect(refused(await marked(id, [rowsOf(['', null])])).kind).to.equal('request-rejected');
        const nowhere = await marked(id, [rowsOf(['x'])], { sheetTitle: 'Nowhere' });
        expect(refused(nowhere).kind).to.equal('request-rejected');
        expect(subject.rows(id)).to.deep.equal([]);
      });

      it('are written by the thousand before any of their marks is removed', async () => {
        const id = await subject.create({ Sheet1: [] });
        for (let sent = 0; sent < 2_000; sent += 500) {
          const operations = Array.from({ length: 500 }, (_, n) => rowsOf([sent + n]));
          expect(new Set(kinds(answered(await marked(id, operations))))).to.deep.equal(new Set(['appended']));
        }
        expect(subject.rows(id)).to.have.length(2_000);
      });

      it('can be sent again after their marks were forgotten', async () => {
        const id = await subject.create({ Sheet1: [] });
        const [one, other] = [rowsOf(['one']), rowsOf(['other'])];
        answered(await marked(id, [one, other]));
        const forget = { spreadsheetId: id, marks: [one.mark, 2 ** 31 - 1] };
        answered(await subject.spreadsheet.forgetMarks(subject.access(), forget));
        answered(await subject.spreadsheet.forgetMarks(subject.access(), forget));
        expect(kinds(answered(await marked(id, [one, other])))).to.deep.equal(['appended', 'already']);
      });
    });

    describe('the account', () => {
      const spent: ProviderError = {
        kind: 'quota-exceeded',
        scope: 'service',
        retryAfterMs: 1,
        message: 'm',
      };
      const counting = (answers: readonly Either<ProviderError, void>[] = []) => {
        const told: string[] = [];
        const left = [...answers];
        const account: AccountCalls = {
          another: async (kind) => {
            told.push(kind);
            return left.shift() ?? right(undefined);
          },
          refused: (kind, retryAfterMs) => void told.push(`${kind} refused for ${retryAfterMs > 0}`),
        };
        return { account, told };
      };
      const markedBy = (account: AccountCalls, spreadsheetId: string, ...operations: MarkedRows[]) =>
        subject.spreadsheet.appendMarked(subject.access({ timeoutMs: 2_000, account }), {
          spreadsheetId,
          sheetTitle: undefined,
          firstColumn: 0,
          operations,
        });

      it('is told of every call beyond the one that was asked for', async () => {
        const id = await subject.create({ Sheet1: [] });
        const { account, told } = counting();
        const operation = rowsOf(['x']);
        for (const [sent, beside] of [
          [operation, ['reads']],
          [rowsOf(['y']), []],
          [operation, ['reads', 'reads']],
        ] as const) {
          const [outcome, calls] = await callsOf(() => markedBy(account, id, sent));
          answered(outcome);
          expect(told.splice(0)).to.deep.equal(beside);
          expect(calls).to.equal(1 + beside.length);
        }
        subject.put('drops-after-the-work');
        answered(await markedBy(account, id, rowsOf(['z'])));
        expect(told.splice(0)).to.deep.equal(['writes', 'reads', 'reads']);
        const access = subject.access({ account });
        const forget = { spreadsheetId: id, marks: [operation.mark] };
        const [, calls] = await callsOf(() => subject.spreadsheet.forgetMarks(access, forget));
        expect([told, calls]).to.deep.equal([['reads', 'writes'], 2]);
        for (const work of [
          subject.spreadsheet.metadata(access, { spreadsheetId: id }),
          subject.spreadsheet.read(access, { spreadsheetId: id, ranges: ['A1'], ...plain }),
          subject.spreadsheet.clear(access, { spreadsheetId: id, ranges: ['Sheet1!B1'] }),
        ])
          answered<unknown>(await work);
        expect(told).to.have.length(2);
      });

      it('is not called when its quota does not allow an extra call, and nothing is written', async () => {
        const id = await subject.create({ Sheet1: [] });
        const { account } = counting([left(spent)]);
        const [outcome, calls] = await callsOf(() => markedBy(account, id, rowsOf(['x'])));
        expect([outcome, calls]).to.deep.equal([left(spent), 0]);
      });

      it('is told of quota refusals by the provider, separately for reads and writes', async () => {
        const id = await subject.create({ Sheet1: [] });
        const { account, told } = counting();
        const access = subject.access({ account });
        for (const work of [
          () => subject.spreadsheet.metadata(access, { spreadsheetId: id }),
          () => subject.spreadsheet.clear(access, { spreadsheetId: id, ranges: ['Sheet1!B1'] }),
        ]) {
          subject.put('is-over-quota');
          refused<unknown>(await work());
        }
        expect(told).to.deep.equal(['reads refused for true', 'writes refused for true']);
      });
    });

    describe('failures', () => {
      for (const [mood, kind] of READ_FAILURES)
        it(`of a read are ${kind} when the provider ${mood.replaceAll('-', ' ')}`, async () => {
          const id = await subject.create({ Sheet1: [['a']] });
          for (const ranges of [['Sheet1!A1'], ['Sheet1!A1', 'Sheet1!A2']]) {
            subject.put(mood);
            expect(refused(await read(id, ...ranges)).kind).to.equal(kind);
          }
        });

      for (const mood of UNCLEAR)
        it(`of a write are outcome-unknown when the provider ${mood.replaceAll('-', ' ')}`, async () => {
          const id = await subject.create({ Sheet1: [['a']] });
          const writes = [
            () => write(id, ['Sheet1!A1', [[PLANTED]]]),
            () => write(id, ['Sheet1!A1', [[PLANTED]]], ['Sheet1!A2', [[PLANTED]]]),
            () => append(id, [PLANTED]),
            () =>
              subject.spreadsheet.clear(subject.access(SOON), { spreadsheetId: id, ranges: ['Sheet1!B1'] }),
          ];
          for (const work of writes) {
            subject.put(mood);
            const [failure, calls] = await callsOf(async () => refused<{ kind: string }>(await work()));
            expect(failure.kind).to.equal('outcome-unknown');
            expect(calls).to.equal(1);
            expect(JSON.stringify(failure)).to.not.contain(PLANTED);
          }
        });

      it('of a write over the quota report how long to wait, and that nothing was written', async () => {
        const id = await subject.create({ Sheet1: [['a']] });
        subject.put('is-over-quota');
        const failure = refused(await write(id, ['Sheet1!A1', [[PLANTED]]]));
        expect(failure).to.include({ kind: 'quota-exceeded', scope: 'provider', status: 429 });
        expect(failure).to.have.property('retryAfterMs').that.is.within(1, 60_000);
        expect(subject.rows(id)).to.deep.equal([['a']]);
      });

      it('caused by an expired token are cured by a new one', async () => {
        const id = await subject.create({ Sheet1: [['a']] });
        subject.put('expires-the-token');
        expect(answered(await read(id, 'Sheet1!A1')).valueRanges[0]?.values).to.deep.equal([['a']]);
      });

      it('that the caller can correct are reported as such: another range, sharing, another file, another id', async () => {
        const id = await subject.create({ Sheet1: [['a']] });
        expect(refused(await read(id, 'Nowhere!A1')).kind).to.equal('request-rejected');
        expect(refused(await read(id, 'Sheet1!AB1')).kind).to.equal('request-rejected');
        const closed = await subject.create({ Sheet1: [] }, 'not-shared');
        for (const failure of [
          refused(await read(closed, 'Sheet1!A1')),
          refused(await write(closed, ['Sheet1!A1', [['x']]])),
          refused(await marked(closed, [rowsOf(['x'])])),
        ]) {
          expect(failure.kind).to.equal('request-rejected');
          expect(failure.message).to.contain(subject.email);
        }
        const office = refused(await read(await subject.create({ Sheet1: [] }, 'office-file'), 'Sheet1!A1'));
        expect(office.kind).to.equal('request-rejected');
        expect(office.message).to.contain('Google Sheets');
        expect(refused(await read('1NoSuchSpreadsheetAtAll', 'Sheet1!A1')).kind).to.equal(
          'resource-not-found',
        );
      });

      it('do not cause a request for a caller who has gone', async () => {
        const id = await subject.create({ Sheet1: [] });
        const gone = subject.access({ signal: AbortSignal.abort() });
        const [failure, calls] = await callsOf(async () =>
          refused(await subject.spreadsheet.metadata(gone, { spreadsheetId: id })),
        );
        expect([failure.kind, calls]).to.deep.equal(['provider-timeout', 0]);
      });
    });

    it('tells whether its probe is free, and probes that the provider is reachable', async () => {
      expect(subject.spreadsheet.probeIsFree).to.be.a('boolean');
      const [probed, calls] = await callsOf(() => subject.spreadsheet.probe(subject.access()));
      expect(answered(probed)).to.deep.equal({ reachable: true });
      if (subject.spreadsheet.probeIsFree) expect(calls).to.equal(0);
    });
  });
};

const SOON: Partial<ProviderAccess> = { timeoutMs: 300 };
