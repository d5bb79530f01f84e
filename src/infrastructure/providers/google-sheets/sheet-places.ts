import { LRUCache } from 'lru-cache';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { SheetProperties } from '../../../domain/provider/spreadsheet.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import { titleKey } from '../../../domain/spreadsheet/sheet-title.ts';
import { spreadsheetAt } from '../../../domain/spreadsheet/spreadsheet-at.ts';
import type { CellReads } from './cell-reads.ts';
import type { NamedRanges } from './named-ranges.ts';
import { placeRejected } from './sheets-failure.ts';
import { timeLeft } from './time-left.ts';

/** A sheet to append to. `lastRow`: the last row known to contain anything, counted from 1; 0 if unknown. */
export type SheetPlace = {
  readonly sheetId: number;
  readonly title: string;
  readonly lastRow: number;
  /** Width of its grid; 0 if unknown. */
  readonly columnCount: number;
  /** First column of the named range that was requested instead of a sheet, counted from 0. */
  readonly firstColumn?: number;
  /** From memory, and so perhaps outdated. */
  readonly remembered: boolean;
};
type Asked = {
  readonly spreadsheetId: string;
  readonly sheetTitle: string | undefined;
  /** Counted from 0. */
  readonly firstColumn: number;
  /** If no sheet has the title, it may be the name of a range. */
  readonly mayBeNamed?: boolean;
};

export type SheetPlaces = {
  /** `look` asks the provider even if the place is remembered. */
  readonly placeOf: (
    access: ProviderAccess,
    asked: Asked,
    look: boolean,
  ) => AsyncResult<ProviderError, SheetPlace>;
  /** 0: the sheet ends somewhere above the row that was known, and the next append has to show all of it. */
  readonly endsAt: (access: ProviderAccess, asked: Asked, place: SheetPlace, lastRow: number) => void;
};

type Deps = { readonly reads: CellReads; readonly named: NamedRanges; readonly clock: Clock };
/** `until`: monotonic milliseconds. */
type Known = Omit<SheetPlace, 'remembered'> & { readonly until: number };

const MOST_SHEETS = 5_000;
/** People rename and move sheets; a title that now belongs to another sheet is noticed after this time. */
const REMEMBERED_MS = 60_000;

export const sheetPlaces = ({ reads, named, clock }: Deps): SheetPlaces => {
  const known = new LRUCache<string, Known>({ max: MOST_SHEETS });
  return {
    placeOf: async (access, asked, mustLook) => {
      const key = keyOf(access, asked);
      const entry = known.get(key);
      const before = entry?.firstColumn === undefined || asked.mayBeNamed === true ? entry : undefined;
      if (!mustLook && before !== undefined && clock.monotonic() < before.until && isOnGrid(before, asked))
        return right({ ...before, remembered: true });
      const found = await placeAtProvider({ reads, named }, timeLeft(clock, access), asked);
      if (isLeft(found)) return found;
      if (!isOnGrid(found.right, asked)) return left(placeRejected(offGrid(found.right)));
      // What was the end of this sheet a while ago is still a good place to start from, unless it misled.
      const lastRow = !mustLook && before?.sheetId === found.right.sheetId ? before.lastRow : 0;
      const place = { ...found.right, lastRow };
      known.set(key, { ...place, until: clock.monotonic() + REMEMBERED_MS });
      return right({ ...place, remembered: lastRow > 0 });
    },
    endsAt: (access, asked, place, lastRow) => {
      const key = keyOf(access, asked);
      const until = known.get(key)?.until ?? clock.monotonic() + REMEMBERED_MS;
      known.set(key, { ...place, lastRow, until });
    },
  };
};

type Found = Omit<SheetPlace, 'remembered' | 'lastRow'>;

/**
 * The sheet with that title, or else the one that contains the range of that name; without a name, the first visible
 * one.
 */
const placeAtProvider = async (
  { reads, named }: Pick<Deps, 'reads' | 'named'>,
  now: () => ProviderAccess,
  asked: Asked,
): AsyncResult<ProviderError, Found> => {
  const metadata = await reads.metadata(now(), asked);
  if (isLeft(metadata)) return metadata;
  const { sheets } = metadata.right;
  const { spreadsheetId, sheetTitle } = asked;
  if (sheetTitle === undefined)
    return foundOn(
      sheets.find(({ isHidden }) => isHidden !== true),
      'no sheet with cells',
    );
  const titled = sheets.find(({ title }) => titleKey(title) === titleKey(sheetTitle));
  if (titled !== undefined || asked.mayBeNamed !== true) return foundOn(titled, noSheet(sheetTitle));
  const range = await named(now(), { spreadsheetId, name: sheetTitle });
  if (isLeft(range)) return range;
  const sheet = sheets.find(({ sheetId }) => sheetId === range.right?.sheetId);
  return foundOn(sheet, noSheet(sheetTitle), range.right?.firstColumn);
};

const foundOn = (
  sheet: SheetProperties | undefined,
  lack: string,
  firstColumn?: number,
): Either<ProviderError, Found> => {
  if (sheet === undefined) return left(placeRejected(lack));
  const { sheetId, title, columnCount } = sheet;
  return right({ sheetId, title, columnCount, ...(firstColumn !== undefined && { firstColumn }) });
};

/** Rows that begin beside the grid would widen the sheet by all columns in between. */
const isOnGrid = ({ columnCount, firstColumn: named }: Found, asked: Asked): boolean =>
  named !== undefined || columnCount === 0 || asked.firstColumn < columnCount;

const offGrid = ({ title, columnCount }: Pick<SheetPlace, 'title' | 'columnCount'>): string =>
  `the range exceeds grid limits: ${title} has ${columnCount} columns`;

const noSheet = (title: string): string => `no sheet and no named range is called ${title}`;

const keyOf = (
  { tenantId, serviceId, baseUrl }: ProviderAccess,
  { spreadsheetId, sheetTitle }: Asked,
): string =>
  JSON.stringify([
    tenantId,
    serviceId,
    spreadsheetAt(baseUrl, spreadsheetId),
    sheetTitle === undefined ? null : titleKey(sheetTitle),
  ]);
