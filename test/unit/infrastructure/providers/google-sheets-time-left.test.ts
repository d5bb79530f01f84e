import { expect } from 'chai';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { MarkedOutcome } from '../../../../src/domain/provider/spreadsheet.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { requestRejected } from '../../../../src/infrastructure/providers/http-answer.ts';
import { markedAppend } from '../../../../src/infrastructure/providers/google-sheets/marked-append.ts';
import { markedBatch } from '../../../../src/infrastructure/providers/google-sheets/marked-batch.ts';
import { marks } from '../../../../src/infrastructure/providers/google-sheets/marks.ts';
import type { RowFinder } from '../../../../src/infrastructure/providers/google-sheets/row-finder.ts';
import {
  sheetPlaces,
  type SheetPlace,
  type SheetPlaces,
} from '../../../../src/infrastructure/providers/google-sheets/sheet-places.ts';
import type { SheetsAsker } from '../../../../src/infrastructure/providers/google-sheets/sheets-asker.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';
import { anAccess, answered } from '../../../support/provider-access.ts';

const CALL_MS = 300;
const place: SheetPlace = { sheetId: 0, title: 'Sheet1', lastRow: 0, columnCount: 26, remembered: false };
const asked = {
  spreadsheetId: '1abc',
  sheetTitle: 'Sheet1',
  firstColumn: 0,
  operations: [{ mark: 7, rows: [['a']] }],
};
const known: MarkedOutcome = { kind: 'already', mark: 7, update: undefined };

describe('work at Google Sheets of several calls, each with the time that those before it have left', () => {
  let clock: FixedClock;
  let given: number[];
  beforeEach(() => {
    clock = fixedClock();
    given = [];
  });
  const access = anAccess({ timeoutMs: 1_000 });
  /** Every call takes time. */
  const taking = <A>({ timeoutMs }: ProviderAccess, answer: A): A => {
    given.push(timeoutMs);
    clock.advance(CALL_MS);
    return answer;
  };
  const asker = (answer: unknown): SheetsAsker => ({
    prepare: async () => right(undefined),
    ask: async (own, question) => {
      const decoded = question.answer.decode(taking(own, answer));
      return decoded._tag === 'Right' ? right(decoded.right) : left(requestRejected('no'));
    },
  });
  const places: SheetPlaces = {
    placeOf: async (own) => taking(own, right(place)),
    endsAt: () => undefined,
  };
  const finder: RowFinder = async (own) => taking(own, [known]);

  it('when rows are found that landed before', async () => {
    const append = markedAppend({
      clock,
      sleep: clock.sleep,
      marks: {
        standing: async (own) => taking(own, right(new Set([7]))),
        forget: async () => right(undefined),
      },
      places: { ...places, placeOf: async () => right(place) },
      send: async (own) => taking(own, left(requestRejected('it stands'))),
      sendAgain: async () => left(requestRejected('not asked for')),
      finder,
    });
    expect(answered(await append(access, asked))).to.deep.equal([known]);
    expect(given).to.deep.equal([1_000, 700, 400]);
  });

  it('when an answer does not show where the rows are', async () => {
    const send = markedBatch({ asker: asker({}), places, finder, clock });
    expect(answered(await send(access, asked, place))).to.deep.equal([known]);
    expect(given).to.deep.equal([1_000, 700]);
  });

  it('when the sheet of a named range is looked up', async () => {
    const grid = { rowCount: 1_000, columnCount: 26 };
    const described = { title: 'T', locale: 'ru_RU', timeZone: 'Etc/GMT' };
    const { placeOf } = sheetPlaces({
      reads: {
        metadata: async (own, { spreadsheetId }) =>
          taking(
            own,
            right({ spreadsheetId, ...described, sheets: [{ sheetId: 1, title: 'Sheet1', ...grid }] }),
          ),
        read: async () => right({ valueRanges: [] }),
      },
      named: async (own) => taking(own, right({ sheetId: 1, firstColumn: 0 })),
      clock,
    });
    answered(await placeOf(access, { ...asked, sheetTitle: 'orders', mayBeNamed: true }, false));
    expect(given).to.deep.equal([1_000, 700]);
  });

  it('when marks are taken away', async () => {
    const found = { matchedDeveloperMetadata: [{ developerMetadata: { metadataId: 7 } }] };
    answered(await marks(asker(found), clock).forget(access, { spreadsheetId: '1abc', marks: [7] }));
    expect(given).to.deep.equal([1_000, 700]);
  });
});
