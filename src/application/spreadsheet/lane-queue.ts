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
   * After marked rows were sent, still under the turn. In its time and not in that of callers, who have their answers:
   * where they are always in a hurry marks would stay until there is no room for more.
   */
  readonly sweep: SweepMarks;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
};

/** Those who wait in a lane, first come first, and `deserted`, which aborts when nobody of them is left. */
export type LaneQueue = {
  readonly waiting: WaitingAppend[];
  readonly leave: (one: WaitingAppend) => void;
  /** To be told before those have their answers who went along with a call. */
  readonly coming: Pick<Arrivals, 'answered'>;
  readonly deserted: AbortSignal;
};

/** Who goes along with one call. */
export type Batch = readonly [WaitingAppend, ...WaitingAppend[]];

/** As long as anybody has time. */
export const longestLeft = (some: readonly WaitingAppend[]): number =>
  Math.max(0, ...some.map((one) => one.timeLeft()));
