import { deliveryOf, type Delivery } from '../faults.ts';
import type { CallName } from './routes.ts';

/** Faults before anything is read, counted against a quota or written. */
export const earlyModes = ['401', '429', '500', '502', '503', 'drop_before', 'hang_before'] as const;
/** Faults after the call was carried out: its writes remain. */
const lateModes = [
  '500_after',
  '502_after',
  '503_after',
  'drop_after',
  'hang',
  'html',
  'truncated',
  'type',
  'drip',
  'reset',
  'huge',
] as const;
export const sheetsFaultModes = [...earlyModes, ...lateModes] as const;
export type EarlyMode = (typeof earlyModes)[number];
export type SheetsFaultMode = (typeof sheetsFaultModes)[number];

export type SheetsFault = {
  readonly mode: SheetsFaultMode;
  /** Every method of the API if absent, without the token endpoint, which must be named: `token`. */
  readonly methods?: readonly CallName[];
  readonly retry_after_s?: number;
};
export type Chance = SheetsFault & { readonly probability: number };

export type FaultSettings = {
  failNext: { remaining: number; readonly fault: SheetsFault } | undefined;
  failAlways: SheetsFault | undefined;
  failSome: { readonly chances: readonly Chance[]; readonly random: () => number } | undefined;
};

export const noFaults = (): FaultSettings => ({
  failNext: undefined,
  failAlways: undefined,
  failSome: undefined,
});

/** mulberry32: the same seed gives the same faults at the same calls, as long as the calls come in the same order. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const meets = ({ methods }: SheetsFault, call: CallName): boolean =>
  methods ? methods.includes(call) : call !== 'token';

/** Draws once for each call to which a chance applies, whether or not the fault occurs. */
const drawn = ({ failSome }: FaultSettings, call: CallName): SheetsFault | undefined => {
  const chances = failSome?.chances.filter((chance) => meets(chance, call)) ?? [];
  if (!failSome || chances.length === 0) return undefined;
  let left = failSome.random();
  return chances.find(({ probability }) => (left -= probability) < 0);
};

/** The fault of this call; consumes one of `fail_next`. */
export const nextSheetsFault = (settings: FaultSettings, call: CallName): SheetsFault | undefined => {
  const { failNext, failAlways } = settings;
  if (failNext && failNext.remaining > 0 && meets(failNext.fault, call)) {
    failNext.remaining -= 1;
    return failNext.fault;
  }
  return failAlways && meets(failAlways, call) ? failAlways : drawn(settings, call);
};

const early: ReadonlySet<string> = new Set(earlyModes);
export const isEarly = (mode: SheetsFaultMode): mode is EarlyMode => early.has(mode);

export const sheetsDelivery = (mode: SheetsFaultMode | undefined): Delivery => {
  switch (mode) {
    case 'hang_before':
      return 'hang';
    case 'hang':
    case 'drip':
    case 'reset':
    case 'huge':
    case 'drop_before':
    case 'drop_after':
      return deliveryOf({ mode });
    default:
      return 'whole';
  }
};
