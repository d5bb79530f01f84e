import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { SourceService } from './scheme/signature-scheme.ts';
import type { AddressUsed, WebhookConfig, WebhookStatus } from './webhook-config.ts';

export type FoundWebhook = { readonly config: WebhookConfig; readonly address: AddressUsed };

export type WebhookFilter = {
  readonly sourceService?: SourceService;
  /** Absent: all except archived ones. */
  readonly status?: WebhookStatus;
};

/** Lookup by the hash of a token, before the tenant is known: this is the one read without a tenant. */
export type WebhookConfigFinder = {
  /**
   * May be up to ten seconds old, for an unknown hash five; changes made in this process are seen at once. A previous
   * token is found until its overlap ends. Rejects when the webhook is not cached and the database is unavailable.
   */
  readonly byTokenHash: (hash: string) => Promise<FoundWebhook | undefined>;
  /**
   * Reads the database after the call. To be used before a delivery is refused on the grounds of `byTokenHash`, because
   * its secret may have been rotated, or its webhook changed, through another replica. Concurrent calls share one
   * query, and only one query runs at a time, so that forged deliveries cannot overload the database.
   */
  readonly byTokenHashNow: (hash: string) => Promise<FoundWebhook | undefined>;
  /** Whether the hash was found recently, as far as this process remembers. Queries nothing. */
  readonly isKnown: (hash: string) => boolean;
};

/** The read side. The tenant is always the first argument; ids of other tenants find nothing. */
export type WebhookConfigReader = WebhookConfigFinder & {
  readonly byId: (tenant: TenantId, id: string) => Promise<WebhookConfig | undefined>;
  /** Newest first, by (created_at, id). */
  readonly list: (tenant: TenantId, filter: WebhookFilter, page: PageRequest) => Promise<Page<WebhookConfig>>;
};

/** The write side, only inside a unit of work. A refused write leaves the transaction usable. */
export type WebhookConfigRepository = {
  readonly byId: (id: string) => Promise<WebhookConfig | undefined>;
  /** Includes archived webhooks. Other transactions of the tenant that count wait until this one ends. */
  readonly count: () => Promise<number>;
  /**
   * `name-taken`: another webhook that is not archived has the name. `source-unknown`: there is no such external
   * service.
   */
  readonly add: (config: WebhookConfig) => Promise<'added' | 'name-taken' | 'source-unknown'>;
  /**
   * Writes everything except the counters that deliveries change (totals, uses, matches). Adds new secrets, updates
   * state and expiry of known ones, and deletes those that are missing. The caller increments `version`; optimistic
   * locking by `expectedVersion`.
   */
  readonly update: (
    config: WebhookConfig,
    expectedVersion: number,
  ) => Promise<'updated' | 'name-taken' | 'source-unknown' | 'version-changed'>;
  /** Deletes the webhook and its secrets. */
  readonly remove: (id: string, expectedVersion: number) => Promise<'removed' | 'version-changed'>;
};
