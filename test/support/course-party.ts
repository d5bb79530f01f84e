import type { Service } from './wire.ts';

/** As much of a service as courses set, besides what becomes of it. */
export type KnownService = Pick<
  Service,
  'id' | 'service_name' | 'provider' | 'priority' | 'is_active' | 'fallback_service_id' | 'cost_per_call'
> & {
  readonly rate_limit_per_hour: number;
  /** What its provider does for it; of no meaning to the gazetteer. */
  readonly api_key: string;
  readonly version: number;
};

export type KnownToken = { readonly id: string; readonly token: string; readonly scopes: readonly string[] };

export type KnownDelivery = {
  readonly guid: string;
  readonly type: string;
  /** Its type was not wanted when it came. */
  readonly isUnwanted: boolean;
  /** One of these. */
  readonly states: readonly string[];
  /** How often it came in all: as often as was answered, as often as was sent. */
  readonly answered: number;
  readonly sent: number;
  /** How often it may have been given to the bus, replays included. */
  readonly least: number;
  readonly most: number;
};

export type KnownWebhook = {
  readonly id: string;
  /** Newest first, each with whether it is still taken. */
  readonly tokens: readonly Rotated[];
  readonly secrets: readonly Rotated[];
  readonly status: string;
  readonly event_types: readonly string[];
  readonly version: number;
  /** Oldest first. */
  readonly deliveries: readonly KnownDelivery[];
};
export type Rotated = { readonly text: string; readonly isTaken: boolean };

export type KnownCall = { readonly id: string; readonly status: string; readonly cost: number };

/** An answer that the cache has: of which service, and what it said, once that was read. */
export type KnownAnswer = {
  readonly key: string;
  readonly by: KnownService;
  readonly text: string | undefined;
};

/** What a key was used for, and the answer. */
export type KnownWrite = { readonly wish: string; readonly answer: readonly unknown[] };

/** What a tenant must see, worked out from what was asked alone. Oldest first in each list. */
export type Party = {
  readonly tenant: string;
  readonly jwt: string;
  readonly services: KnownService[];
  readonly tokens: KnownToken[];
  /** By id. */
  readonly revoked: Set<string>;
  readonly webhooks: KnownWebhook[];
  readonly calls: KnownCall[];
  /** By what was asked for. */
  readonly cache: Map<string, KnownAnswer>;
  /** Calls that left, by service. */
  readonly used: Map<string, number>;
  /** In a row, by service and version. */
  readonly failures: Map<string, number>;
  readonly keys: Map<string, KnownWrite>;
  /** Two columns wide, from the first row on. */
  readonly sheet: { id: string; readonly rows: (readonly [string, string])[] };
};

export const newParty = (tenant: string, jwt: string): Party => ({
  tenant,
  jwt,
  services: [],
  tokens: [],
  revoked: new Set(),
  webhooks: [],
  calls: [],
  cache: new Map(),
  used: new Map(),
  failures: new Map(),
  keys: new Map(),
  sheet: { id: '', rows: [] },
});

/** The nth, counted round; undefined of none. */
export const nth = <A>(all: readonly A[], n: number): A | undefined => all[n % Math.max(1, all.length)];

/** In its place, so that lists keep their order. */
export const put = <A extends { readonly id: string }>(all: A[], next: A): void => {
  all[all.findIndex(({ id }) => id === next.id)] = next;
};

export const drop = <A extends { readonly id: string }>(all: A[], gone: A): void => {
  all.splice(all.indexOf(gone), 1);
};
