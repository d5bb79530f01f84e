import type { IdSource } from '../../domain/shared/clock.ts';

type Deps = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
};

/** Random bytes are fetched for this many ids at a time: one system call instead of 512. */
const IDS_PER_BATCH = 512;
const TAIL_BYTES = 8;
const COUNTER_END = 0x1000;
/** In a new millisecond the counter starts in its lower half, so that at least 2,048 ids follow before it overflows. */
const COUNTER_SEED_MASK = 0x7ff;
const RFC_VARIANT = 0x80;
const VARIANT_MASK = 0x3f;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hex = (byte: number): string => HEX[byte] as string;
const HEX_COUNTER = Array.from({ length: COUNTER_END }, (_, count) => count.toString(16).padStart(3, '0'));

const timePrefix = (milliseconds: number): string => {
  const digits = milliseconds.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
};

/**
 * UUID version 7 (RFC 9562, 5.7): 48 bits of time, then a 12-bit counter seeded at random in each new millisecond (6.2,
 * method 1), then 62 random bits. Strictly ascending within a process: after an overflow of the counter, or when the
 * clock steps back, ids continue from the last time used, so that their time may run slightly ahead.
 */
export const uuidV7Source = ({ now, randomBytes }: Deps): IdSource => {
  let time = -1;
  let prefix = '';
  let counter = 0;
  let pool = randomBytes(IDS_PER_BATCH * TAIL_BYTES);
  let offset = 0;

  const at = (index: number): number => pool[offset + index] as number;
  const startMillisecond = (milliseconds: number) => {
    time = milliseconds;
    prefix = timePrefix(milliseconds);
    const seed = randomBytes(2);
    counter = (((seed[0] as number) << 8) | (seed[1] as number)) & COUNTER_SEED_MASK;
  };
  const tail = (): string => {
    if (offset === pool.length) {
      pool = randomBytes(IDS_PER_BATCH * TAIL_BYTES);
      offset = 0;
    }
    const variant = hex((at(0) & VARIANT_MASK) | RFC_VARIANT);
    const text = `${variant}${hex(at(1))}-${hex(at(2))}${hex(at(3))}${hex(at(4))}${hex(at(5))}${hex(at(6))}${hex(at(7))}`;
    offset += TAIL_BYTES;
    return text;
  };

  return {
    uuid: () => {
      const clock = now();
      if (clock > time) startMillisecond(clock);
      else if (counter + 1 === COUNTER_END) startMillisecond(time + 1);
      else counter += 1;
      return `${prefix}${HEX_COUNTER[counter] as string}-${tail()}`;
    },
  };
};
