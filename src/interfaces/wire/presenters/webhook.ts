import type * as t from 'io-ts';
import type { AuthenticityLevel } from '../../../domain/webhook/proof/authenticity.ts';
import { responseJson } from '../../../domain/webhook/scheme/response-rules.ts';
import { schemeJson } from '../../../domain/webhook/scheme/scheme-json.ts';
import { secretKindsOf } from '../../../domain/webhook/proof/secret-rules.ts';
import type { WebhookConfig, WebhookSecret } from '../../../domain/webhook/webhook-config.ts';
import { timeOrNull, timeText } from './times-and-money.ts';
import type { createdWebhookAnswer, secretAnswer, webhookAnswer } from './webhook-answer.ts';

const IN = '/webhooks/in/';

/** `base`: the base URL of this service, without a trailing slash. */
export const webhookOf = (config: WebhookConfig, base: string): t.TypeOf<typeof webhookAnswer> => ({
  id: config.id,
  management_company_id: config.tenantId,
  webhook_name: config.name,
  webhook_url: `${base}${IN}whk_${config.address.hint}…`,
  token_hint: config.address.hint,
  previous_token: previousOf(config),
  source_service: config.sourceService,
  source_service_id: config.sourceServiceId ?? null,
  status: config.status,
  is_active: config.status === 'active',
  verification: levelOf(config),
  public_key: currentSecret(config, 'public_key')?.sealed.hint ?? null,
  secrets: config.secrets.map(secretOf),
  scheme: config.scheme === undefined ? null : schemeJson(config.scheme),
  event_types: config.eventTypes,
  ip_mode: config.ipMode,
  ip_allowlist: config.ipAllowlist,
  max_body_bytes: config.maxBodyBytes,
  overflow: config.overflow,
  public_url: config.publicUrl ?? null,
  response: config.response === undefined ? null : responseJson(config.response),
  ...totalsOf(config),
  created_at: timeText(config.createdAt),
  updated_at: timeText(config.updatedAt),
});

/** With the complete address: only for the answer that creates it. */
export const addressedWebhookOf = (
  config: WebhookConfig,
  base: string,
  token: string,
): Omit<t.TypeOf<typeof createdWebhookAnswer>, 'secret_key'> => ({
  ...webhookOf(config, base),
  webhook_url: `${base}${IN}${token}`,
  webhook_token: token,
});

/** Empty if the caller provided the secret. */
export const shownSecret = (generated: string | undefined): { readonly secret_key?: string } =>
  generated === undefined ? {} : { secret_key: generated };

const previousOf = ({ address: { previous } }: WebhookConfig) =>
  previous === undefined
    ? null
    : {
        hint: previous.hint,
        valid_until: timeText(previous.validUntil),
        uses: previous.uses,
        last_used_at: timeOrNull(previous.lastUsedAt),
      };

const totalsOf = ({ totals }: WebhookConfig) => ({
  total_received: totals.received,
  total_successful: totals.successful,
  total_failed: totals.failed,
  last_received_at: timeOrNull(totals.lastReceivedAt),
  last_rejected_at: timeOrNull(totals.lastRejectedAt),
});

const currentSecret = ({ secrets }: WebhookConfig, kind: WebhookSecret['kind']): WebhookSecret | undefined =>
  secrets.find((secret) => secret.state === 'current' && secret.kind === kind);

const levelOf = ({ sourceService, scheme, ipMode }: WebhookConfig): AuthenticityLevel => {
  const kinds = secretKindsOf(sourceService, scheme);
  if (kinds.length === 0) return ipMode === 'enforce' ? 'address-only' : 'none';
  return kinds.includes('token') ? 'token' : 'signed';
};

const secretOf = (secret: WebhookSecret): t.TypeOf<typeof secretAnswer> => ({
  version: secret.version,
  kind: secret.kind,
  state: secret.state,
  hint: secret.sealed.hint,
  valid_until: timeOrNull(secret.validUntil),
  created_at: timeText(secret.createdAt),
  last_matched_at: timeOrNull(secret.lastMatchedAt),
  match_count: secret.matchCount,
});
