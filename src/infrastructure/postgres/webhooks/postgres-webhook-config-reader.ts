import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import type { FoundWebhook, WebhookConfigReader } from '../../../domain/webhook/webhook-config-repository.ts';
import { addressUsed, type WebhookConfig } from '../../../domain/webhook/webhook-config.ts';
import type { Database } from '../database.ts';
import { FoundWebhooks } from './found-webhooks.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { queryAsSystem, readInTenant } from '../tenant-session.ts';
import { SELECT_WEBHOOK, webhookFromRow, type WebhookRow } from './webhook-config-row.ts';

type Deps = { readonly database: Pick<Database, 'pool'>; readonly clock: Clock; readonly sleep: Sleep };

export type PostgresWebhookConfigReader = WebhookConfigReader & {
  /** Called after a command: takes effect in this process at once, in others within ten seconds. */
  readonly forgetAll: () => void;
};

const MAX_AGE_MS = 10_000;
const MAX_AGE_OF_NOTHING_MS = 5_000;
/** Most keys are guesses that happen to pass the token's checksum, or tokens that were removed. */
const MAX_HASHES = 10_000;
/**
 * At most forty short queries a second for all deliveries that look forged, so that strangers cannot use them as a
 * lever.
 */
const RENEW_EVERY_MS = 25;

const BY_TOKENS = `${SELECT_WEBHOOK} where c.webhook_token = any ($1::text[])
  or (c.previous_token_hash is not null and c.previous_token_hash = any ($1::text[]))`;
const BY_ID = `${SELECT_WEBHOOK} where c.management_company_id = $1 and c.id = $2`;
const LIST = `${SELECT_WEBHOOK}
  where c.management_company_id = $1
    and ($2::text is null or c.source_service = $2)
    and (c.status = $3 or ($3::text is null and c.status <> 'archived'))
    and ($4::timestamptz is null or (c.created_at, c.id) < ($4, $5::uuid))
  order by c.created_at desc, c.id desc
  limit $6`;

/** Reads webhooks; by the hash of a token before the tenant is known, hence as `integration_system`. */
export const postgresWebhookConfigReader = ({
  database,
  clock,
  sleep,
}: Deps): PostgresWebhookConfigReader => {
  const rows = async (tenant: TenantId, text: string, values: readonly unknown[]) =>
    (await readInTenant<WebhookRow>(database, tenant, text, values)).rows.map(webhookFromRow);
  const found = new FoundWebhooks<WebhookConfig>({
    maxAge: MAX_AGE_MS,
    maxAgeOfNothing: MAX_AGE_OF_NOTHING_MS,
    maxKeys: MAX_HASHES,
    renewEveryMs: RENEW_EVERY_MS,
    monotonic: clock.monotonic,
    sleep,
    load: async (hashes) =>
      byHash((await queryAsSystem<WebhookRow>(database, BY_TOKENS, [hashes])).rows.map(webhookFromRow)),
  });
  return {
    byTokenHash: async (hash) => foundBy(hash, await found.get(hash), clock.now()),
    byTokenHashNow: async (hash) => foundBy(hash, await found.renewed(hash), clock.now()),
    isKnown: (hash) => found.has(hash),
    byId: async (tenant, id) => (isUuid(id) ? (await rows(tenant, BY_ID, [tenant, id]))[0] : undefined),
    list: async (tenant, { sourceService, status }, page) => {
      const filter = [sourceService ?? null, status ?? null];
      const values = [tenant, ...filter, ...positionParameters(page), rowsToRead(page)];
      return pageOf(await rows(tenant, LIST, values), page, ({ createdAt, id }) => ({ at: createdAt, id }));
    },
    forgetAll: () => found.forgetAll(),
  };
};

const byHash = (configs: readonly WebhookConfig[]): ReadonlyMap<string, WebhookConfig> =>
  new Map(
    configs.flatMap((config) =>
      [config.address.previous?.hash, config.address.hash].flatMap((hash) =>
        hash === undefined ? [] : [[hash, config] as const],
      ),
    ),
  );

/** A previous address expires while it is cached, so its end is checked each time. */
const foundBy = (hash: string, config: WebhookConfig | undefined, now: number): FoundWebhook | undefined => {
  const address = config && addressUsed(config, hash, now);
  return address && { config, address };
};
