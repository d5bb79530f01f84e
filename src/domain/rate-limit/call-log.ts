/**
 * The log behind a sliding window: a queue of [epoch ms, units] entries, oldest first, kept in two ring buffers that
 * grow by doubling. Appending at the end and dropping at the front are O(1) (amortised), and no object is allocated per
 * call.
 */
export type CallLog = {
  /** Sum of the units of all entries. */
  total: number;
  length: number;
  head: number;
  times: Float64Array;
  units: Float64Array;
};

/** A power of two, and doubled when full, so that an index wraps with a bit mask. */
const FIRST_CAPACITY = 16;

export const makeCallLog = (): CallLog => ({
  total: 0,
  length: 0,
  head: 0,
  times: new Float64Array(FIRST_CAPACITY),
  units: new Float64Array(FIRST_CAPACITY),
});

const slotOf = (log: CallLog, index: number): number => (log.head + index) & (log.times.length - 1);

/** `index` counts from the oldest entry (0) and must be below `length`. */
export const timeAt = (log: CallLog, index: number): number => log.times[slotOf(log, index)] as number;
export const unitsAt = (log: CallLog, index: number): number => log.units[slotOf(log, index)] as number;

const unrolled = (log: CallLog, ring: Float64Array): Float64Array => {
  const wider = new Float64Array(ring.length * 2);
  wider.set(ring.subarray(log.head));
  wider.set(ring.subarray(0, log.head), ring.length - log.head);
  return wider;
};

const grow = (log: CallLog): void => {
  log.times = unrolled(log, log.times);
  log.units = unrolled(log, log.units);
  log.head = 0;
};

export const append = (log: CallLog, time: number, units: number): void => {
  if (log.length === log.times.length) grow(log);
  const slot = slotOf(log, log.length);
  log.times[slot] = time;
  log.units[slot] = units;
  log.length += 1;
  log.total += units;
};

/** Adds units to the newest entry and moves that entry's time to `time`. The log must not be empty. */
export const mergeIntoNewest = (log: CallLog, time: number, units: number): void => {
  const slot = slotOf(log, log.length - 1);
  log.times[slot] = time;
  log.units[slot] = (log.units[slot] as number) + units;
  log.total += units;
};

/**
 * Subtracts units from one entry. `index` counts from the oldest entry, which must hold at least `units`. An emptied
 * entry stays in place, unless it is the oldest: then it is dropped.
 */
export const takeOut = (log: CallLog, index: number, units: number): void => {
  const slot = slotOf(log, index);
  log.units[slot] = (log.units[slot] as number) - units;
  log.total -= units;
  if (index === 0) dropUntil(log, Number.NEGATIVE_INFINITY);
};

/**
 * Drops every entry at or before `time`, and leading entries that hold no units. A log that became empty shrinks back
 * to its first capacity.
 */
export const dropUntil = (log: CallLog, time: number): void => {
  while (log.length > 0 && ((log.times[log.head] as number) <= time || log.units[log.head] === 0)) {
    log.total -= log.units[log.head] as number;
    log.head = (log.head + 1) & (log.times.length - 1);
    log.length -= 1;
  }
  if (log.length === 0 && log.times.length > FIRST_CAPACITY) Object.assign(log, makeCallLog());
};
