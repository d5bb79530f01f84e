import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import type { SpreadsheetWriters } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import type { AppendAtEdge } from './anchored-append.ts';
import type { Arrivals } from './gathering.ts';
import type { SweepMarks } from './sweep-marks.ts';
import type { WaitingAppend } from './waiting-append.ts';

export type LaneDeps = {
  readonly spreadsheet: Pick<Spreadsheet, 'appendMarked'> & { readonly append: AppendAtEdge };
  readonly writers: SpreadsheetWriters;
  /**
   * Removes spent marks, called after marked rows were sent and still under the lease. It uses the lease's time rather
   * than the callers', who have their answers: if they are always in a hurry, marks would otherwise accumulate until
   * the spreadsheet has no room for more.
   */
  readonly sweep: SweepMarks;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
};

/** The appends waiting in a lane, oldest first. `deserted` aborts when none is left. */
export type LaneQueue = {
  readonly waiting: WaitingAppend[];
  readonly leave: (one: WaitingAppend) => void;
  /** To be told just before the callers of a request get their answers. */
  readonly coming: Pick<Arrivals, 'answered'>;
  readonly deserted: AbortSignal;
};

/** The appends sent in one request. */
export type Batch = readonly [WaitingAppend, ...WaitingAppend[]];

/** The longest time in milliseconds that any of them has left. */
export const longestLeft = (some: readonly WaitingAppend[]): number =>
  Math.max(0, ...some.map((one) => one.timeLeft()));
