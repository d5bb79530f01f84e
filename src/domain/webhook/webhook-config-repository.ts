import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { SourceService } from './scheme/signature-scheme.ts';
import type { AddressUsed, WebhookConfig, WebhookStatus } from './webhook-config.ts';

export type FoundWebhook = { readonly config: WebhookConfig; readonly address: AddressUsed };

export type WebhookFilter = {
  readonly sourceService?: SourceService;
  /** Left out: all but archived ones. */
  readonly status?: WebhookStatus;
};

/** Looked up by the hash of a token before a tenant is known: the one read without a tenant. */
export type WebhookConfigFinder = {
  /**
   * At most ten seconds old, an unknown hash at most five; changes made in this process are seen at once. A
   * previous token is found until its overlap ends. Rejects when it is not known and the database is away.
   */
  readonly byTokenHash: (hash: string) => Promise<FoundWebhook | undefined>;
  /**
   * As it stands in the database, read after the call. Before a delivery is refused by what `byTokenHash` said: its
   * secret may have been rotated, or its webhook changed, through another replica since. Those who ask at one time
   * are answered by one query, and there is one at a time, so that false deliveries cannot make the database work.
   */
  readonly byTokenHashNow: (hash: string) => Promise<FoundWebhook | undefined>;
  /** Whether it was found lately, as far as this process remembers. Asks nobody. */
  readonly isKnown: (hash: string) => boolean;
};

/** Reading side. The tenant is always the first argument; another tenant's id finds nothing. */
export type WebhookConfigReader = WebhookConfigFinder & {
  readonly byId: (tenant: TenantId, id: string) => Promise<WebhookConfig | undefined>;
  /** Newest first, by (created_at, id). */
  readonly list: (tenant: TenantId, filter: WebhookFilter, page: PageRequest) => Promise<Page<WebhookConfig>>;
};

/** Writing side, only inside a unit of work. A refusal leaves the transaction usable. */
export type WebhookConfigRepository = {
  readonly byId: (id: string) => Promise<WebhookConfig | undefined>;
  /** Archived ones included. */
  readonly count: () => Promise<number>;
  /** `name-taken`: by another one that is not archived. `source-unknown`: no such external service. */
  readonly add: (config: WebhookConfig) => Promise<'added' | 'name-taken' | 'source-unknown'>;
  /**
   * Writes everything but totals, uses and matches, which deliveries count. New secrets are added, the state
   * and end of known ones changed, those that are no longer there removed. The caller raises `version`.
   */
  readonly update: (
    config: WebhookConfig,
    expectedVersion: number,
  ) => Promise<'updated' | 'name-taken' | 'source-unknown' | 'version-changed'>;
  /** For good, with its secrets. */
  readonly remove: (id: string, expectedVersion: number) => Promise<'removed' | 'version-changed'>;
};
