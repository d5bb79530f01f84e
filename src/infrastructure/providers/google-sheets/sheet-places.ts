import { LRUCache } from 'lru-cache';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { titleKey } from '../../../domain/spreadsheet/sheet-title.ts';
import { requestRejected } from '../http-answer.ts';
import type { CellReads } from './cell-reads.ts';

/** A sheet to append to. `lastRow`: the last one known to hold anything, counted from 1; nothing known: 0. */
export type SheetPlace = {
  readonly sheetId: number;
  readonly title: string;
  readonly lastRow: number;
  /** Remembered, and so perhaps out of date. */
  readonly remembered: boolean;
};
type Asked = { readonly spreadsheetId: string; readonly sheetTitle: string | undefined };

export type SheetPlaces = {
  /** `look` asks the provider whatever is remembered. */
  readonly placeOf: (
    access: ProviderAccess,
    asked: Asked,
    look: boolean,
  ) => AsyncResult<ProviderError, SheetPlace>;
  readonly grewTo: (access: ProviderAccess, asked: Asked, place: SheetPlace, lastRow: number) => void;
};

type Deps = { readonly reads: CellReads; readonly clock: Clock };
type Known = Omit<SheetPlace, 'remembered'> & { readonly until: number };

const MOST_SHEETS = 5_000;
/** Sheets are renamed and moved by people; a title that was given to another sheet is noticed after that. */
const REMEMBERED_MS = 60_000;

export const sheetPlaces = ({ reads, clock }: Deps): SheetPlaces => {
  const known = new LRUCache<string, Known>({ max: MOST_SHEETS });

  const look = async (access: ProviderAccess, asked: Asked): AsyncResult<ProviderError, Known> => {
    const metadata = await reads.metadata(access, asked);
    if (isLeft(metadata)) return metadata;
    const { sheetTitle } = asked;
    const sheet = metadata.right.sheets.find(
      ({ title }) => sheetTitle === undefined || titleKey(title) === titleKey(sheetTitle),
    );
    if (sheet === undefined)
      return left(
        requestRejected(sheetTitle === undefined ? 'no sheet with cells' : `no sheet ${sheetTitle}`),
      );
    const { sheetId, title } = sheet;
    return right({ sheetId, title, lastRow: 0, until: clock.now() + REMEMBERED_MS });
  };

  return {
    placeOf: async (access, asked, mustLook) => {
      const key = keyOf(access, asked);
      const before = known.get(key);
      if (!mustLook && before !== undefined && clock.now() < before.until)
        return right({ ...before, remembered: true });
      const found = await look(access, asked);
      if (isLeft(found)) return found;
      // What was the tail of this sheet a while ago is still a good place to start from, unless it misled.
      const lastRow = !mustLook && before?.sheetId === found.right.sheetId ? before.lastRow : 0;
      known.set(key, { ...found.right, lastRow });
      return right({ ...found.right, lastRow, remembered: lastRow > 0 });
    },
    grewTo: (access, asked, { sheetId, title }, lastRow) => {
      const key = keyOf(access, asked);
      const until = known.get(key)?.until ?? clock.now() + REMEMBERED_MS;
      known.set(key, { sheetId, title, lastRow, until });
    },
  };
};

const keyOf = ({ tenantId, serviceId }: ProviderAccess, { spreadsheetId, sheetTitle }: Asked): string =>
  JSON.stringify([
    tenantId,
    serviceId,
    spreadsheetId,
    sheetTitle === undefined ? null : titleKey(sheetTitle),
  ]);
