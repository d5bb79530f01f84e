import type { Service } from './wire.ts';

/** As much of a service as courses set, besides what becomes of it. */
export type KnownService = Pick<
  Service,
  'id' | 'service_name' | 'provider' | 'priority' | 'is_active' | 'fallback_service_id' | 'cost_per_call'
> & { readonly rate_limit_per_hour: number; readonly version: number };

export type KnownToken = { readonly id: string; readonly token: string; readonly scopes: readonly string[] };

export type KnownWebhook = {
  readonly id: string;
  readonly token: string;
  readonly secret: string;
  readonly status: string;
  readonly version: number;
  /** Oldest first, each by the id of its sender, and one of these states. */
  readonly deliveries: readonly { readonly guid: string; readonly states: readonly string[] }[];
};

export type KnownCall = { readonly id: string; readonly status: string; readonly cost: number };

/** An answer that the cache has: of which service, and what it said. */
export type KnownAnswer = { readonly key: string; readonly by: KnownService; readonly text: string };

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
  readonly keys: Map<string, KnownWrite>;
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
  keys: new Map(),
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
