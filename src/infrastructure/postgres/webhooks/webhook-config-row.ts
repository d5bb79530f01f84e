import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { SecretKind } from '../../../domain/webhook/proof/authenticity.ts';
import type {
  ResponseRule,
  SignatureScheme,
  SourceService,
} from '../../../domain/webhook/scheme/signature-scheme.ts';
import type {
  IpMode,
  OverflowPolicy,
  WebhookAddress,
  WebhookConfig,
  WebhookSecret,
  WebhookStatus,
} from '../../../domain/webhook/webhook-config.ts';
import type { Tables } from '../orm/records.ts';

/**
 * As read by `SELECT_WEBHOOK`: JSON columns parsed by `pg`, secrets newest first with their times in epoch
 * milliseconds.
 */
export type WebhookRow = Omit<
  Tables['webhook_configs'],
  'event_types' | 'ip_allowlist' | 'scheme' | 'response'
> & {
  readonly event_types: readonly string[];
  readonly ip_allowlist: readonly string[];
  readonly scheme: SignatureScheme | null;
  readonly response: ResponseRule | null;
  readonly total_received: string;
  readonly total_successful: string;
  readonly total_failed: string;
  readonly last_received_at: Date | null;
  readonly last_rejected_at: Date | null;
  readonly secrets: readonly SecretJson[] | null;
};

type SecretJson = {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly state: string;
  readonly envelope: string;
  readonly hint: string;
  readonly valid_until: number | null;
  readonly created_at: number;
  readonly last_matched_at: number | null;
  readonly match_count: number;
};

const epoch = (column: string): string => `(extract(epoch from s.${column}) * 1000)::bigint`;

/** `c` is the row of the webhook. */
export const SELECT_WEBHOOK = `
  select c.*, (
    select jsonb_agg(jsonb_build_object(
      'id', s.id, 'version', s.version, 'kind', s.kind, 'state', s.state, 'envelope', s.secret_key, 'hint', s.hint,
      'valid_until', ${epoch('valid_until')}, 'created_at', ${epoch('created_at')},
      'last_matched_at', ${epoch('last_matched_at')}, 'match_count', s.match_count) order by s.version desc)
    from webhook_secrets s where s.management_company_id = c.management_company_id and s.webhook_id = c.id
  ) as secrets
  from webhook_configs c`;

/**
 * Values are guaranteed by checks of the tables or, like sources and schemes, were checked before they were written:
 * they are not decoded again. Proofs that only a newer release knows are detected by known-proof.ts.
 */
export const webhookFromRow = (row: WebhookRow): WebhookConfig => ({
  id: row.id,
  tenantId: row.management_company_id as TenantId,
  name: row.webhook_name,
  sourceService: row.source_service as SourceService,
  sourceServiceId: row.source_service_id ?? undefined,
  status: row.status as WebhookStatus,
  address: addressOf(row),
  secrets: (row.secrets ?? []).map(secretOf),
  scheme: row.scheme ?? undefined,
  eventTypes: row.event_types,
  ipMode: row.ip_mode as IpMode,
  ipAllowlist: row.ip_allowlist,
  maxBodyBytes: row.max_body_bytes,
  overflow: row.overflow as OverflowPolicy,
  publicUrl: row.public_url ?? undefined,
  response: row.response ?? undefined,
  totals: {
    received: Number(row.total_received),
    successful: Number(row.total_successful),
    failed: Number(row.total_failed),
    lastReceivedAt: row.last_received_at?.getTime(),
    lastRejectedAt: row.last_rejected_at?.getTime(),
  },
  version: row.version,
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
});

const addressOf = (row: WebhookRow): WebhookAddress => ({
  hash: row.webhook_token ?? '',
  hint: row.token_hint,
  previous:
    row.previous_token_hash === null || row.previous_token_until === null
      ? undefined
      : {
          hash: row.previous_token_hash,
          hint: row.previous_token_hint ?? '',
          validUntil: row.previous_token_until.getTime(),
          uses: Number(row.previous_token_uses),
          lastUsedAt: row.previous_token_used_at?.getTime(),
        },
});

const secretOf = (secret: SecretJson): WebhookSecret => ({
  id: secret.id,
  version: secret.version,
  kind: secret.kind as SecretKind,
  state: secret.state as WebhookSecret['state'],
  sealed: { envelope: secret.envelope, hint: secret.hint },
  validUntil: secret.valid_until ?? undefined,
  createdAt: secret.created_at,
  lastMatchedAt: secret.last_matched_at ?? undefined,
  matchCount: secret.match_count,
});

export const rowFromWebhook = (config: WebhookConfig): Tables['webhook_configs'] => ({
  id: config.id,
  management_company_id: config.tenantId,
  source_service: config.sourceService,
  previous_token_uses: '0',
  previous_token_used_at: null,
  created_at: new Date(config.createdAt),
  ...administeredWebhook(config),
});

/**
 * The columns that an administrator can change. `pg` converts only objects to JSON, so JSON columns are passed as text.
 */
export const administeredWebhook = (config: WebhookConfig) => ({
  webhook_name: config.name,
  webhook_url: `/webhooks/in/whk_${config.address.hint}…`,
  webhook_token: config.address.hash,
  token_hint: config.address.hint,
  previous_token_hash: config.address.previous?.hash ?? null,
  previous_token_hint: config.address.previous?.hint ?? null,
  previous_token_until: dateOf(config.address.previous?.validUntil),
  source_service_id: config.sourceServiceId ?? null,
  event_types: JSON.stringify(config.eventTypes),
  secret_key: config.secrets.find(({ state }) => state === 'current')?.sealed.hint ?? null,
  is_active: config.status === 'active',
  status: config.status,
  scheme: jsonOf(config.scheme),
  response: jsonOf(config.response),
  ip_mode: config.ipMode,
  ip_allowlist: JSON.stringify(config.ipAllowlist),
  max_body_bytes: config.maxBodyBytes,
  overflow: config.overflow,
  public_url: config.publicUrl ?? null,
  version: config.version,
  updated_at: new Date(config.updatedAt),
});

export const rowFromSecret = (
  { tenantId, id }: Pick<WebhookConfig, 'tenantId' | 'id'>,
  secret: WebhookSecret,
): Tables['webhook_secrets'] => ({
  id: secret.id,
  management_company_id: tenantId,
  webhook_id: id,
  version: secret.version,
  kind: secret.kind,
  state: secret.state,
  secret_key: secret.sealed.envelope,
  hint: secret.sealed.hint,
  valid_until: dateOf(secret.validUntil),
  created_at: new Date(secret.createdAt),
});

const dateOf = (at: number | undefined): Date | null => (at === undefined ? null : new Date(at));

const jsonOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
