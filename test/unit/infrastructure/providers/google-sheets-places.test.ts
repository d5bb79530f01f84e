import { expect } from 'chai';
import type { SheetProperties } from '../../../../src/domain/provider/spreadsheet.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import {
  sheetPlaces,
  type SheetPlaces,
} from '../../../../src/infrastructure/providers/google-sheets/sheet-places.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';
import { anAccess, answered } from '../../../support/provider-access.ts';

describe('the sheet that rows go to', () => {
  const grid = { rowCount: 1_000, columnCount: 26 };
  /** The sheet's properties by the address that is called. */
  const sheetAt: { readonly [baseUrl: string]: SheetProperties } = {
    'https://old.example': { sheetId: 1, title: 'Sheet1', ...grid },
    'https://new.example': { sheetId: 2, title: 'Sheet1', ...grid },
  };
  const asked = { spreadsheetId: 'one', sheetTitle: 'Sheet1', firstColumn: 0 };
  let lookedAt: string[];
  let places: SheetPlaces;
  let clock: FixedClock;
  beforeEach(() => {
    lookedAt = [];
    clock = fixedClock();
    places = sheetPlaces({
      reads: {
        metadata: async ({ baseUrl = '' }, { spreadsheetId }) => {
          lookedAt.push(baseUrl);
          const sheets = [sheetAt[baseUrl]!];
          return right({ spreadsheetId, title: 'T', locale: 'ru_RU', timeZone: 'Etc/GMT', sheets });
        },
        read: async () => right({ valueRanges: [] }),
      },
      named: async () => right(undefined),
      clock,
    });
  });

  const sheetIdAt = async (baseUrl: string): Promise<number> =>
    answered(await places.placeOf(anAccess({ baseUrl }), asked, false)).sheetId;

  it('is remembered', async () => {
    expect([await sheetIdAt('https://old.example'), await sheetIdAt('https://old.example')]).to.deep.equal([
      1, 1,
    ]);
    expect(lookedAt).to.have.length(1);
  });

  it('is looked for again after a minute, in which the clock of the machine may have been set back', async () => {
    await sheetIdAt('https://old.example');
    clock.advance(30_000);
    clock.set(clock.now() - 3_600_000);
    clock.advance(29_999);
    await sheetIdAt('https://old.example');
    expect(lookedAt).to.have.length(1);
    clock.advance(1);
    await sheetIdAt('https://old.example');
    expect(lookedAt).to.have.length(2);
  });

  it('is another one for a service that was led to another address', async () => {
    expect([await sheetIdAt('https://old.example'), await sheetIdAt('https://new.example')]).to.deep.equal([
      1, 2,
    ]);
  });
});
