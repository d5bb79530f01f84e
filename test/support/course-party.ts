import type { Service } from './wire.ts';

/** The fields of a service that courses set. */
export type KnownService = Pick<
  Service,
  'id' | 'service_name' | 'provider' | 'priority' | 'is_active' | 'fallback_service_id' | 'cost_per_call'
> & {
  readonly rate_limit_per_hour: number;
  /** Selects how the sandbox's provider behaves; not used by the gazetteer. */
  readonly api_key: string;
  readonly version: number;
};

export type KnownToken = { readonly id: string; readonly token: string; readonly scopes: readonly string[] };

export type KnownDelivery = {
  readonly guid: string;
  readonly type: string;
  /** Its event type was not in the webhook's list when it arrived. */
  readonly isUnwanted: boolean;
  /** The state is one of these. */
  readonly states: readonly string[];
  /** How often it arrived: at least as often as it was answered, at most as often as it was sent. */
  readonly answered: number;
  readonly sent: number;
  /** The least and the greatest number of times that it may have been given to the bus, replays included. */
  readonly least: number;
  readonly most: number;
};

export type KnownWebhook = {
  readonly id: string;
  /** Newest first, each with whether it is still accepted. */
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

/** An answer in the cache: the service it came from, and its text once it has been read. */
export type KnownAnswer = {
  readonly key: string;
  readonly by: KnownService;
  readonly text: string | undefined;
};

/** The request made under an idempotency key, and its answer. */
export type KnownWrite = { readonly wish: string; readonly answer: readonly unknown[] };

/** What a tenant must see, computed only from the requests made. Oldest first in each list. */
export type Party = {
  readonly tenant: string;
  readonly jwt: string;
  readonly services: KnownService[];
  readonly tokens: KnownToken[];
  /** Ids. */
  readonly revoked: Set<string>;
  readonly webhooks: KnownWebhook[];
  readonly calls: KnownCall[];
  /** By question. */
  readonly cache: Map<string, KnownAnswer>;
  /** The number of calls sent, by service. */
  readonly used: Map<string, number>;
  /** The number of failures in a row, by service and version. */
  readonly failures: Map<string, number>;
  readonly keys: Map<string, KnownWrite>;
  /** Two columns wide, starting at the first row. */
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

/** Element n, counted modulo the length; undefined if the list is empty. */
export const nth = <A>(all: readonly A[], n: number): A | undefined => all[n % Math.max(1, all.length)];

/** Replaces in place, so that lists keep their order. */
export const put = <A extends { readonly id: string }>(all: A[], next: A): void => {
  all[all.findIndex(({ id }) => id === next.id)] = next;
};

export const drop = <A extends { readonly id: string }>(all: A[], gone: A): void => {
  all.splice(all.indexOf(gone), 1);
};
