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

/** What the script answers; see `quota-script.ts`. Times are by Redis's clock. */
export type QuotaReply =
  | { readonly kind: 'late'; readonly now: number }
  /** Redis has lost data that this replica knows of (`lost`), or holds nothing of the subject (`absent`). */
  | {
      readonly kind: 'lost' | 'absent';
      readonly now: number;
      readonly which: number;
      /** The data were counted by another run of the server; in a cluster that may concern some subjects only. */
      readonly old?: boolean;
    }
  | {
      readonly kind: 'granted' | 'seen' | 'refused' | 'gated';
      readonly now: number;
      /** The subject, and its window, that refused, counted from 1; `wait` in milliseconds. */
      readonly subject?: number;
      readonly window?: number;
      readonly wait?: number;
      readonly subjects: readonly {
        readonly gen: string;
        /** The gate is closed: nothing is granted yet, since other replicas may know of calls that Redis has lost. */
        readonly gated: boolean;
        readonly now: number;
        readonly row?: boolean;
        /** Only in answers to `peek`: Redis counts nothing here yet, so the table may know of calls. */
        readonly unknown?: boolean;
        readonly windows: readonly (readonly [used: number, resetsAt: number, reserved: number])[];
      }[];
    };
/** `asked`: the windows of each subject as they were when Redis was asked. Limits may have changed since. */
export type ReceivedReply = QuotaReply & { readonly asked: readonly (readonly ShareWindow[])[] };
export type QuotaAnswer = Extract<ReceivedReply, { readonly subjects: unknown }>;

/** The scripts' numbers of the windows. */
export const windowIndex = { minute: 1, hour: 2, day: 3, month: 4 } as const;

/** The tenant is the hash tag, so that all keys of one tenant lie in the same slot of a cluster. */
export const stateKey = (prefix: string, { tenantId, subjectId }: HeldShare): string =>
  `${prefix}quota:{${tenantId}}:${subjectId}`;
export const logKey = (state: string, { type }: ShareWindow): string => `${state}:${type}`;

export const keysOf = (prefix: string, shares: readonly HeldShare[]): readonly string[] =>
  shares.flatMap((share) => {
    const state = stateKey(prefix, share);
    return [state, ...share.limited.map((window) => logKey(state, window))];
  });

type Seed = { readonly rows?: CountedCalls; readonly rowsUntil?: number; readonly cost?: number };

/** Calls that have left the window since the row was written take their part of the cost with them, as in Redis. */
const costInside = (row: StoredWindow, now: number): number => {
  const inside = unitsInside(row, now);
  return inside === 0 ? 0 : (row.totalCostMicros * inside) / row.used;
};

/**
 * What the table knows: the calls of all replicas (`rows`) up to `rowsUntil`, and the leased permits that a crashed
 * replica may have used since, counted as used now, the latest possible time. For a minute's window the leased permits
 * are left out where Redis has lost its data: they would weigh too much there, and such calls leave the window while
 * the replicas are still reporting theirs.
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

/** Calls reported in batches at `at` are contained in rows whose last call is later than that. */
const knownOf = (share: HeldShare, window: ShareWindow, now: number) => ({
  own: unlessEmpty(countedCalls(window)),
  reported: window.reported.map(({ at, log }) => ({ at: at + share.arrivalMs, calls: snapshot(log) })),
  ...seedOf(share, window, now),
});

const windowSpec = (share: HeldShare, window: ShareWindow, now: number, full: boolean) => ({
  index: windowIndex[window.type],
  limit: window.limit,
  used: ownUnits(window, now),
  share: unspent(window),
  push: unlessEmpty(snapshot(window.pushing)),
  ...(full && knownOf(share, window, now)),
});

/** What is sent to Redis about one subject. `full`: with everything known of it, in case Redis lost it. */
export const subjectSpec = (share: HeldShare, now: number, full: boolean, from: number | undefined) => ({
  gen: share.generation ?? '',
  known: share.generation !== undefined,
  full,
  arrival: share.arrivalMs,
  /** For `delay`: the time as of which the calls that are moved were counted. */
  from,
  inFlight: share.inFlight,
  micros: share.micros,
  windows: share.limited.map((window) => windowSpec(share, window, now, full)),
});

/** The standing of each window; where Redis knows nothing of a subject, as the table says, if it was read. */
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
