import { nothingSent } from '../../domain/provider/nothing-sent.ts';
import type { CallKind, ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';
import type {
  AppendAnswer,
  AppendRows,
  ReadAnswer,
  ReadRanges,
  Spreadsheet,
} from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import { mayBeNamedRange, type A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { anchorOf, columnsOf } from '../../domain/spreadsheet/append-anchor.ts';
import { formatA1 } from '../../domain/spreadsheet/format-a1.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';
import type { WriterTurn } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import { firstLooks, isRaggedTop, isWide, topOf } from './first-look.ts';
import { namedCells } from './named-cells.ts';
import { placeBelow, widthOf } from './place-below.ts';
import {
  beginsEmpty,
  leavesRaggedEdge,
  raggedEdges,
  type Place,
  type RaggedEdges,
  type Raggedness,
} from './ragged-edges.ts';

/** What the holder of the write lease knows about the spreadsheet. */
type Ragged = Partial<Pick<WriterTurn, 'raggedEdge' | 'raggedCells'>>;
export type AppendAtEdge = (
  access: ProviderAccess,
  request: AppendRows,
  ragged?: Ragged,
) => AsyncResult<ProviderError, AppendAnswer>;

type Deps = Pick<Spreadsheet, 'append' | 'read'> & { readonly clock: Pick<Clock, 'monotonic'> };

/**
 * Appends below a table so that the rows are not shifted sideways. Google looks for a table at the given cell. Rows
 * that begin with a value are appended at the first column of the range, where Google finds the table. If the first
 * cell of the new rows, or of the last existing row (a "ragged edge"), is empty, Google may find no table there or a
 * different one. In that case the columns are read first, as a request of its own, and the rows are put below all used
 * cells. For rows that people wrote, the top of the range is read once in a while. A title that is no sheet's may be
 * the name of a range: after Google refused the first try, a read finds its cells. Must be called under the write
 * lease, with the ragged edge that it reports.
 */
export const anchoredAppend = (deps: Deps): AppendAtEdge => {
  const edges = raggedEdges();
  const looks = firstLooks(deps.clock);
  const names = namedCells(deps.clock);
  return async (access, request, ragged = {}) => {
    const range = parseA1(request.range);
    // Ranges of ours always parse; any other is left to Google to judge.
    if (isLeft(range)) return deps.append(access, request);
    const calls = callsFor(deps, access, request);
    const { spreadsheetId, rows } = request;
    const there = { spreadsheetId, range: request.range, edge: ragged.raggedEdge, cells: ragged.raggedCells };
    const place = async (cells: A1Range): AsyncResult<ProviderError, AppendAnswer> => {
      const told = rows.some(beginsEmpty) ? 'surely' : toldOf(edges, there, cells);
      const readsFirst = told !== undefined;
      const isDue = !readsFirst && looks.isDue(access, request, cells);
      const top = isDue ? await lookedAt(calls, cells) : right(undefined);
      if (isLeft(top)) return left(nothingSent(top.left));
      const raggedness = told ?? (top.right === 'ragged' ? 'surely' : undefined);
      const sent = await edges.noted(there, rows, placed(calls, raggedness, cells, request));
      const isSeen = readsFirst || (isDue && top.right !== 'not seen');
      if (isSeen && !isLeft(sent) && !leavesRaggedEdge(rows)) looks.noted(access, request);
      return sent;
    };
    const sent = await place(names.known(access, request) ?? range.right);
    const isRefused = isLeft(sent) && sent.left.kind === 'request-rejected' && sent.left !== TOO_LONG;
    const cells =
      isRefused && mayBeNamedRange(range.right)
        ? await names.find(access, request, range.right, calls.read)
        : undefined;
    if (cells === undefined) return sent;
    const again = calls.isWritten() ? await calls.another('writes') : right(undefined);
    return isLeft(again) ? again : place(cells);
  };
};

/**
 * If the caller named a single cell or column (directly or by a named range), Google is asked for the table there,
 * whatever was written beside it.
 */
const toldOf = (edges: RaggedEdges, there: Place, cells: A1Range): Raggedness | undefined => {
  const told = edges.toldOf(there);
  return told === 'perhaps' && !isWide(cells) ? undefined : told;
};

type Calls = {
  readonly append: (cells: A1Range) => AsyncResult<ProviderError, AppendAnswer>;
  /** Takes quota for an extra request, then reads. `ofTime`: share of the time left that it may use. */
  readonly read: (cells: A1Range, ofTime?: number) => AsyncResult<ProviderError, ReadAnswer>;
  readonly another: (kind: CallKind) => AsyncResult<ProviderError, void>;
  /** The write for which quota was taken has been sent. */
  readonly isWritten: () => boolean;
};

const callsFor = ({ append, read, clock }: Deps, access: ProviderAccess, request: AppendRows): Calls => {
  const endAt = clock.monotonic() + access.timeoutMs;
  const now = (ofTime = 1): ProviderAccess => ({
    ...access,
    timeoutMs: Math.max(1, Math.floor((endAt - clock.monotonic()) * ofTime)),
  });
  const another: Calls['another'] = async (kind) =>
    access.account === undefined ? right(undefined) : access.account.another(kind, now());
  let isWritten = false;
  return {
    another,
    isWritten: () => isWritten,
    append: (cells) => {
      isWritten = true;
      return append(now(), { ...request, range: formatA1(cells) });
    },
    read: async (cells, ofTime) => {
      const place = await another('reads');
      return isLeft(place) ? place : read(now(ofTime), unformatted(request, formatA1(cells)));
    },
  };
};

/** Errors of the look at the top that do not stop the append. The look is only a precaution. */
const ABOUT_READING_ALONE: ReadonlySet<ProviderErrorKind> = new Set([
  'quota-exceeded',
  'credentials-rejected',
  'resource-not-found',
  'answer-not-understood',
]);

const lookedAt = async (
  calls: Calls,
  range: A1Range,
): AsyncResult<ProviderError, 'even' | 'ragged' | 'not seen'> => {
  const top = await topSeen(calls, range);
  return isLeft(top) && ABOUT_READING_ALONE.has(top.left.kind) ? right('not seen') : top;
};

const topSeen = async ({ read }: Calls, range: A1Range): AsyncResult<ProviderError, 'even' | 'ragged'> => {
  const top = await read(topOf(range));
  if (isLeft(top)) return top;
  return right(isRaggedTop(top.right.valueRanges[0]?.values ?? []) ? 'ragged' : 'even');
};

/** A `request-rejected`, because the provider is healthy and a repeat would end the same way. */
const TOO_LONG: ProviderError = {
  kind: 'request-rejected',
  isOfPlace: true,
  message:
    'these columns hold more than one answer may contain, so it is unknown where rows may go; nothing was written: ' +
    'name one column, or send an Idempotency-Key with RAW values',
};

/**
 * Decides the place and appends. A caller whose account may not read appends without the precaution, since no later
 * read would succeed either; a read refused for its quota fails the append.
 */
const placed = async (
  calls: Calls,
  raggedness: Raggedness | undefined,
  range: A1Range,
  request: AppendRows,
): AsyncResult<ProviderError, AppendAnswer> => {
  const { append, read } = calls;
  if (raggedness === undefined) return append(anchorOf(range));
  const isPrecaution = raggedness === 'perhaps';
  const columns = columnsOf(range, widthOf(request.rows));
  const found = await read(columns, isPrecaution ? OF_TIME_TO_BE_SURE : 1);
  if (!isLeft(found))
    return append(placeBelow(range, columns, found.right, isPrecaution ? request : undefined));
  if (isPrecaution && found.left.kind === 'credentials-rejected') return append(anchorOf(range));
  const isLate = isPrecaution && found.left.kind === 'provider-timeout';
  if (!isLate && !isTooLarge(found.left)) return left(nothingSent(found.left));
  const top = isPrecaution ? await topSeen(calls, range) : right('ragged');
  // Another failure, such as a used-up quota, may be over in a moment, unlike an answer that is too large.
  if (isLeft(top)) return left(isTooLarge(top.left) ? TOO_LONG : nothingSent(top.left));
  return top.right === 'even' ? append(anchorOf(range)) : left(isLate ? nothingSent(found.left) : TOO_LONG);
};

/**
 * Share of the time for the precautionary read: a long table takes its time, and a ragged write elsewhere in the
 * spreadsheet must not prevent the append.
 */
const OF_TIME_TO_BE_SURE = 0.5;

const isTooLarge = (error: ProviderError): boolean =>
  error.kind === 'answer-not-understood' && error.isTooLarge === true;

const unformatted = ({ spreadsheetId }: AppendRows, range: string): ReadRanges => ({
  spreadsheetId,
  ranges: [range],
  majorDimension: 'ROWS',
  valueRenderOption: 'UNFORMATTED_VALUE',
  dateTimeRenderOption: 'SERIAL_NUMBER',
});
