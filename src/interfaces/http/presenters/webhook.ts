import * as t from 'io-ts';
import { responseJson } from '../../../application/commands/change-webhook.ts';
import { right } from '../../../domain/shared/fp.ts';
import {
  authenticityLevels,
  secretKinds,
  type AuthenticityLevel,
} from '../../../domain/webhook/authenticity.ts';
import { schemeJson } from '../../../domain/webhook/scheme-json.ts';
import { secretKindsOf } from '../../../domain/webhook/secret-rules.ts';
import { sourceServices } from '../../../domain/webhook/signature-scheme.ts';
import {
  ipModes,
  overflowPolicies,
  webhookStatuses,
  type WebhookConfig,
  type WebhookSecret,
} from '../../../domain/webhook/webhook-config.ts';
import { component, leaf, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import {
  integerAnswer,
  textOrNull,
  timeAnswer,
  timeAnswerOrNull,
  timeOrNull,
  timeText,
  uuidAnswer,
  uuidOrNull,
} from './times-and-money.ts';

const anyObject = nullable(leaf<unknown>({ type: 'object' }, right));

const secretAnswer = component(
  'WebhookSecret',
  answerObject(
    {
      version: integerAnswer,
      kind: oneOf(secretKinds),
      state: oneOf(['current', 'previous']),
      hint: noted({ description: 'Last 4 characters; a public key as a whole.' }, t.string),
      valid_until: noted({ description: 'null: no end.' }, timeAnswerOrNull),
      created_at: timeAnswer,
      last_matched_at: timeAnswerOrNull,
      match_count: integerAnswer,
    },
    {},
  ),
);

const webhookFields = {
  id: uuidAnswer,
  management_company_id: t.string,
  webhook_name: t.string,
  webhook_url: noted(
    { description: 'With the hint in place of the token, unless it was just made.' },
    t.string,
  ),
  token_hint: t.string,
  previous_token: nullable(
    answerObject(
      { hint: t.string, valid_until: timeAnswer, uses: integerAnswer, last_used_at: timeAnswerOrNull },
      {},
    ),
  ),
  source_service: oneOf(sourceServices),
  source_service_id: uuidOrNull,
  status: oneOf(webhookStatuses),
  is_active: t.boolean,
  verification: noted({ description: 'What an accepted delivery proves.' }, oneOf(authenticityLevels)),
  public_key: textOrNull,
  secrets: t.readonlyArray(secretAnswer),
  scheme: anyObject,
  event_types: t.readonlyArray(t.string),
  ip_mode: oneOf(ipModes),
  ip_allowlist: t.readonlyArray(t.string),
  max_body_bytes: integerAnswer,
  overflow: oneOf(overflowPolicies),
  public_url: textOrNull,
  response: anyObject,
  total_received: integerAnswer,
  total_successful: integerAnswer,
  total_failed: integerAnswer,
  last_received_at: timeAnswerOrNull,
  last_rejected_at: timeAnswerOrNull,
  created_at: timeAnswer,
  updated_at: timeAnswer,
};

/** A webhook as it is told: neither token nor secret leaves, not even sealed. */
export const webhookAnswer = component('Webhook', answerObject(webhookFields, {}));

const once = { description: 'Shown here and never again.' };
const secretShown = noted(
  { description: 'Shown here and never again; left out when it was given.' },
  t.string,
);
export const createdWebhookAnswer = component(
  'CreatedWebhook',
  answerObject({ ...webhookFields, webhook_token: noted(once, t.string) }, { secret_key: secretShown }),
);
export const rotatedSecretAnswer = component(
  'RotatedWebhookSecret',
  answerObject(webhookFields, { secret_key: secretShown }),
);

const IN = '/webhooks/in/';

/** `base` is where this service is reached, without a slash at the end. */
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

/** With the whole address: for the answer that makes it. */
export const addressedWebhookOf = (
  config: WebhookConfig,
  base: string,
  token: string,
): Omit<t.TypeOf<typeof createdWebhookAnswer>, 'secret_key'> => ({
  ...webhookOf(config, base),
  webhook_url: `${base}${IN}${token}`,
  webhook_token: token,
});

/** Nothing where it was given. */
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
