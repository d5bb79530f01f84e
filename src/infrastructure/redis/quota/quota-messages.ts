import type { StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import type { WindowState } from '../../../domain/rate-limit/quota.ts';
import { snapshot, type CountedCalls } from '../../../domain/rate-limit/rate-limit-window.ts';
import {
  countedCalls,
  ownUnits,
  unspent,
  type ShareWindow,
} from '../../../domain/rate-limit/share-window.ts';
import type { HeldShare } from './held-share.ts';
import { standingOf, unitsInside } from './row-units.ts';

export type QuotaMode = 'take' | 'peek' | 'delay' | 'sync' | 'leave';

/** What the script answers; see `quota-script.ts`. Times are Redis's. */
export type QuotaReply =
  | { readonly kind: 'late'; readonly now: number }
  /** Redis has lost what this replica knows of, or never knew the subject. */
  | {
      readonly kind: 'lost' | 'absent';
      readonly now: number;
      readonly which: number;
      /** Another server counted: in a cluster it may be new for some subjects alone. */
      readonly old?: boolean;
    }
  | {
      readonly kind: 'granted' | 'seen' | 'refused' | 'gated';
      readonly now: number;
      /** Of the window that refused, counted from 1. */
      readonly subject?: number;
      readonly window?: number;
      readonly wait?: number;
      readonly subjects: readonly {
        readonly gen: string;
        /** Grants nothing yet: others may still know of calls that were lost. */
        readonly gated: boolean;
        readonly now: number;
        readonly row?: boolean;
        /** Of who only looks: nothing is counted here yet, and the table may know of calls. */
        readonly unknown?: boolean;
        readonly windows: readonly (readonly [used: number, resetsAt: number, reserved: number])[];
      }[];
    };
/** `asked`: the windows of each subject that it was asked about, whose limits may have been changed meanwhile. */
export type QuotaHeard = QuotaReply & { readonly asked: readonly (readonly ShareWindow[])[] };
export type QuotaAnswer = Extract<QuotaHeard, { readonly subjects: unknown }>;

/** How the scripts name windows. */
export const indexOf = { minute: 1, hour: 2, day: 3, month: 4 } as const;

/** All keys of a tenant lie in one slot of a cluster. */
export const stateKey = (prefix: string, { tenantId, subjectId }: HeldShare): string =>
  `${prefix}quota:{${tenantId}}:${subjectId}`;
export const logKey = (state: string, { type }: ShareWindow): string => `${state}:${type}`;

export const keysOf = (prefix: string, shares: readonly HeldShare[]): readonly string[] =>
  shares.flatMap((share) => {
    const state = stateKey(prefix, share);
    return [state, ...share.limited.map((window) => logKey(state, window))];
  });

type Seed = { readonly rows?: CountedCalls; readonly rowsUntil?: number; readonly cost?: number };

/** Calls that have left since the row was written take their share of it with them, as in Redis. */
const costInside = (row: StoredWindow, now: number): number => {
  const inside = unitsInside(row, now);
  return inside === 0 ? 0 : (row.totalCostMicros * inside) / row.used;
};

/**
 * What the table knows of all replicas, and until when, and how many permits may have been used since by one that is
 * no more: they count as used at the latest they can have been. In a minute's window so many would weigh too much, and
 * its calls leave by themselves while the others tell.
 */
const seedOf = ({ rows, generation }: HeldShare, { type }: ShareWindow, now: number): Seed => {
  const row = rows?.find(({ window }) => window === type);
  if (row === undefined) return {};
  const isUnclear = generation === undefined || type !== 'minute';
  const leased = isUnclear && row.leased > 0 ? [[now, row.leased] as const] : [];
  const rowsUntil = row.entries.at(-1)?.[0] ?? 0;
  return { rows: [...row.entries, ...leased], rowsUntil, cost: costInside(row, now) };
};

const unlessEmpty = (calls: CountedCalls): CountedCalls | undefined => (calls.length > 0 ? calls : undefined);

/** Rows with calls that were counted after its `at` have those of a batch, too. */
const knownOf = (share: HeldShare, window: ShareWindow, now: number) => ({
  own: unlessEmpty(countedCalls(window)),
  told: window.told.map(({ at, log }) => ({ at: at + share.arrivalMs, calls: snapshot(log) })),
  ...seedOf(share, window, now),
});

const windowSpec = (share: HeldShare, window: ShareWindow, now: number, full: boolean) => ({
  index: indexOf[window.type],
  limit: window.limit,
  used: ownUnits(window, now),
  share: unspent(window),
  push: unlessEmpty(snapshot(window.pushing)),
  ...(full && knownOf(share, window, now)),
});

/** What Redis is asked and told of one subject. `full`: with everything known of it, in case it is not known there. */
export const subjectSpec = (share: HeldShare, now: number, full: boolean, from: number | undefined) => ({
  gen: share.generation ?? '',
  known: share.generation !== undefined,
  full,
  arrival: share.arrivalMs,
  /** As of when the calls are counted that are to be delayed. */
  from,
  inFlight: share.inFlight,
  micros: share.micros,
  windows: share.limited.map((window) => windowSpec(share, window, now, full)),
});

/** Where Redis knows nothing of a subject, as the table says, if it was read. */
export const statesOfAnswer = (shares: readonly HeldShare[], answer: QuotaAnswer): readonly WindowState[] =>
  shares.flatMap((share, index) =>
    (answer.asked[index] ?? []).map(({ type, limit }, position): WindowState => {
      const subject = answer.subjects[index];
      const row = subject?.unknown === true ? share.rows?.find(({ window }) => window === type) : undefined;
      const seen = subject?.windows[position] ?? [];
      const [used = 0, resetsAt = 0] = row === undefined ? seen : standingOf(row, subject?.now ?? 0);
      return {
        subjectId: share.subjectId,
        window: type,
        limit,
        used,
        remaining: Math.max(0, limit - used),
        resetsAt,
      };
    }),
  );
