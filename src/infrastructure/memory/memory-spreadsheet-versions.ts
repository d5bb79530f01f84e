import { UNSETTLED_MS, type SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';

type Deps = {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly ids: Pick<IdSource, 'uuid'>;
  readonly maxSpreadsheets?: number;
};
/** `unsettledUntil`: monotonic milliseconds. */
type Known = { readonly version: number; readonly unsettledUntil: number };

const MOST_SPREADSHEETS = 10_000;

/**
 * Versions of spreadsheets for a process that is alone, so that nobody else writes. They begin with an id of this
 * process, so that nothing cached by an earlier one is served.
 */
export const memorySpreadsheetVersions = ({
  clock,
  ids,
  maxSpreadsheets = MOST_SPREADSHEETS,
}: Deps): SpreadsheetVersions => {
  const life = ids.uuid();
  const known = new Map<string, Known>();
  let latest = 0;
  /** The version of all spreadsheets without one of their own. */
  let common: Known = { version: 0, unsettledUntil: Number.NEGATIVE_INFINITY };

  /** All at once, so that a forgotten spreadsheet does not get back a version that it had before. */
  const forgetAll = (): void => {
    const ends = [...known.values()].map(({ unsettledUntil }) => unsettledUntil);
    common = { version: ++latest, unsettledUntil: Math.max(common.unsettledUntil, ...ends) };
    known.clear();
  };

  return {
    current: (spreadsheet) => {
      const { version, unsettledUntil } = known.get(spreadsheet) ?? common;
      return clock.monotonic() < unsettledUntil ? undefined : `${life}:${version}`;
    },
    changed: async (spreadsheet, outcome) => {
      const before = known.get(spreadsheet) ?? common;
      const end = outcome === 'unclear' ? clock.monotonic() + UNSETTLED_MS : before.unsettledUntil;
      if (known.size >= maxSpreadsheets && !known.has(spreadsheet)) forgetAll();
      known.set(spreadsheet, { version: ++latest, unsettledUntil: end });
    },
  };
};
