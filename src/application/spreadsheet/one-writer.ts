import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import type { SpreadsheetWriters } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import { heldBack } from './send-batch.ts';

export type OneWriterDeps = {
  readonly writers: SpreadsheetWriters;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
};

/** Beyond the time for its call the turn is held so long: a request that was given up may still arrive there. */
const MARGIN_MS = 1_000;
const BUSY = heldBack('other writes to this spreadsheet took all the time there was; nothing was sent');
const LATE = heldBack('the turn to write came too late for a call; nothing was sent');

/**
 * One write at a time to a spreadsheet, over all replicas, so that none lands between the rows of another's. Waits for
 * the turn as long as the attempt has time, and calls with what is left.
 */
export const asOneWriter = async <A>(
  { writers, clock, sleep }: OneWriterDeps,
  access: ProviderAccess,
  spreadsheetId: string,
  write: (access: ProviderAccess) => AsyncResult<ProviderError, A>,
): AsyncResult<ProviderError, A> => {
  const endAt = clock.monotonic() + access.timeoutMs;
  const turn = await writers.hold(spreadsheetId, access.timeoutMs + MARGIN_MS, access.timeoutMs);
  if (turn === 'busy') return left(BUSY);
  let isUnclear = true;
  try {
    const timeoutMs = Math.floor(endAt - clock.monotonic());
    const result = timeoutMs < 1 ? left(LATE) : await write({ ...access, timeoutMs });
    isUnclear = isLeft(result) && result.left.kind === 'outcome-unknown';
    return result;
  } finally {
    if (isUnclear) await sleep(MARGIN_MS);
    await turn.release();
  }
};
