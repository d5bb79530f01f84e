import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import type { RangeSize } from '../../domain/spreadsheet/range-size.ts';
import { sendParts, type AppendPart, type PartOutcome } from './append-parts.ts';

export type SendBatchDeps<P extends AppendPart = AppendPart> = {
  readonly spreadsheet: Pick<Spreadsheet, 'append' | 'appendMarked'>;
  /**
   * Takes quota for one request, paid by one of these parts, so that the payer is told how the request ended: otherwise
   * the cost of rows that succeed would be lost with those that are refused. Already taken for the first request of a
   * batch.
   */
  readonly takeQuota: (parts: Parts<P>) => AsyncResult<ProviderError, unknown>;
  /** Access for the next request; undefined when no time is left for one. */
  readonly access: () => ProviderAccess | undefined;
};

/** Requests per batch. One bad part of 500 is found within 18; with several bad ones some callers have to retry. */
const MOST_CALLS = 32;

/** An error for rows that we did not send; it says nothing about the provider. */
export const heldBack = (message: string): ProviderError => ({
  kind: 'breaker-open',
  retryAfterMs: 1_000,
  message,
});
const NOT_REACHED = heldBack(
  'rows of others were refused, and these could not be tried without them in time',
);

type Parts<P = AppendPart> = readonly [P, ...P[]];

/**
 * Sends a batch as one request. If the provider refuses it, nothing was written, and the reason may be one caller's
 * rows: the batch is bisected until only the offending rows are refused. Rows that may have been written are never sent
 * again.
 */
export const sendBatch = <P extends AppendPart>(
  deps: SendBatchDeps<P>,
  batch: Parts<P>,
): Promise<readonly PartOutcome[]> => {
  let calls = 0;
  const room = knownRoom();

  const whole = async (parts: Parts<P>): Promise<readonly PartOutcome[]> => {
    const access = calls < MOST_CALLS ? deps.access() : undefined;
    if (access === undefined) return parts.map(() => left(NOT_REACHED));
    calls += 1;
    const sent = await sendParts(deps.spreadsheet, access, parts);
    if (!isLeft(sent)) return sent.right;
    room.refused(parts, sent.left);
    return halved(parts, sent.left);
  };
  const halved = async (parts: Parts<P>, error: ProviderError): Promise<readonly PartOutcome[]> => {
    const halves = mayBeOfOnePart(error, parts) ? halvesOf(parts) : undefined;
    if (halves === undefined) return parts.map(() => left(error));
    const [upper, lower] = halves;
    return [...(await again(upper)), ...(await again(lower))];
  };
  const again = async (parts: Parts<P>): Promise<readonly PartOutcome[]> => {
    const hopeless = room.missing(parts);
    if (hopeless !== undefined) return halved(parts, hopeless);
    const quota = await deps.takeQuota(parts);
    return isLeft(quota) ? parts.map(() => quota) : whole(parts);
  };
  return whole(batch);
};

/**
 * If there was no room for some rows, there is none for as many or more: a full spreadsheet is not asked again for each
 * half.
 */
const knownRoom = () => {
  let least: { readonly size: RangeSize; readonly error: ProviderError } | undefined;
  return {
    refused: (parts: Parts, error: ProviderError): void => {
      if (error.kind === 'request-rejected' && error.isOfSize === true)
        least = { size: sizeOf(parts), error };
    },
    missing: (parts: Parts): ProviderError | undefined => {
      const { rows, columns } = sizeOf(parts);
      return least !== undefined && rows >= least.size.rows && columns >= least.size.columns
        ? least.error
        : undefined;
    },
  };
};

const sizeOf = (parts: Parts): RangeSize => {
  const rows = parts.flatMap(({ request }) => request.rows);
  return { rows: rows.length, columns: rows.reduce((most, row) => Math.max(most, row.length), 0) };
};

/**
 * Whether bisecting can help: all parts have the same place, so if that is wrong, or the columns that all parts use,
 * none would be accepted.
 */
const mayBeOfOnePart = (error: ProviderError, parts: Parts): boolean =>
  error.kind === 'request-rejected' &&
  error.isOfPlace !== true &&
  !(error.isOfColumns === true && new Set(parts.map(columnsOf)).size === 1);

/** The columns into which something is written. */
const columnsOf = ({ request: { rows } }: AppendPart): string => {
  const written = rows.flatMap((row) => row.flatMap((cell, column) => (cell === null ? [] : [column])));
  return [...new Set(written)].toSorted((one, other) => one - other).join();
};

/** Undefined for a single part, which is refused for its own rows. */
const halvesOf = <P>(parts: Parts<P>): readonly [Parts<P>, Parts<P>] | undefined => {
  const middle = Math.ceil(parts.length / 2);
  const [first, ...more] = parts.slice(0, middle);
  const [second, ...rest] = parts.slice(middle);
  return first === undefined || second === undefined
    ? undefined
    : [
        [first, ...more],
        [second, ...rest],
      ];
};
