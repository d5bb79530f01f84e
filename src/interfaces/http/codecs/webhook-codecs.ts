import type * as t from 'io-ts';
import type { WebhookPatch } from '../../../application/commands/change-webhook.ts';
import type { CreateWebhook } from '../../../application/commands/create-webhook.ts';
import type { RotateSecret } from '../../../application/commands/rotate-webhook.ts';
import { left, right } from '../../../domain/shared/fp.ts';
import { sourceServices } from '../../../domain/webhook/signature-scheme.ts';
import { ipModes, overflowPolicies, webhookStatuses } from '../../../domain/webhook/webhook-config.ts';
import { MOST_BODY_BYTES } from '../../../domain/webhook/webhook-fields.ts';
import { LONGEST_OVERLAP_SECONDS, USUAL_OVERLAP_SECONDS } from '../../../domain/webhook/webhook-rotation.ts';
import { component, leaf, listOf, mapped, nullable, type Codec } from './codec.ts';
import { storedObject } from './json-values.ts';
import { strictObject } from './object-codec.ts';
import { integer, oneOf, plainText, trueOrFalse, uuid } from './values.ts';

const SCHEME_BYTES = 8 * 1024;
const RESPONSE_BYTES = 8 * 1024;
const LONGEST_SECRET = 512;

const webhookName = plainText({ min: 1, max: 100, notes: { examples: ['payments'] } });
const sourceService = oneOf(sourceServices, { description: 'Who sends; custom needs a scheme.' });
const eventTypes = listOf(plainText({ min: 1, max: 200 }), { max: 200 });
const ipAllowlist = listOf(
  plainText({ min: 1, max: 64, notes: { examples: ['203.0.113.0/24', 'github'] } }),
  { max: 200 },
);
const publicUrl = plainText({ min: 1, max: 2_048, notes: { format: 'uri' } });
/** Taken as it is: blanks may belong to it. */
const secretText = (description: string, notes: { readonly writeOnly?: boolean }) =>
  leaf<string>({ type: 'string', minLength: 1, maxLength: LONGEST_SECRET, description, ...notes }, (input) =>
    typeof input === 'string' && input !== '' && input.length <= LONGEST_SECRET
      ? right(input)
      : left(`text of 1 to ${LONGEST_SECRET} characters`),
  );
const secretKey = secretText('Left out: generated, when the sender lets the receiver choose it.', {
  writeOnly: true,
});
const publicKey = secretText('Ed25519: 32 bytes in hex or base64.', {});
const overlap = integer(0, LONGEST_OVERLAP_SECONDS, { default: USUAL_OVERLAP_SECONDS });

const settled = {
  status: oneOf(webhookStatuses),
  is_active: trueOrFalse,
};
const clearable = {
  source_service_id: nullable(uuid),
  event_types: nullable(eventTypes),
  ip_mode: nullable(oneOf(ipModes)),
  ip_allowlist: nullable(ipAllowlist),
  max_body_bytes: nullable(integer(1, MOST_BODY_BYTES)),
  overflow: nullable(oneOf(overflowPolicies)),
  public_url: nullable(publicUrl),
  scheme: nullable(storedObject(SCHEME_BYTES, { description: 'How a custom source proves itself.' })),
  response: nullable(
    storedObject(RESPONSE_BYTES, { description: 'status, content_type and body of the answer.' }),
  ),
};

const createFields = strictObject(
  { webhook_name: webhookName, source_service: sourceService },
  { ...settled, ...clearable, secret_key: nullable(secretKey), public_key: nullable(publicKey) },
);

export const createWebhookBody: Codec<Omit<CreateWebhook, 'wrong'>> = component(
  'WebhookCreate',
  mapped(createFields, (body) => ({
    input: {
      name: body.webhook_name,
      sourceService: body.source_service,
      sourceServiceId: body.source_service_id ?? undefined,
      status: body.status,
      isActive: body.is_active,
      eventTypes: body.event_types ?? [],
      ipMode: body.ip_mode ?? undefined,
      ipAllowlist: body.ip_allowlist ?? [],
      maxBodyBytes: body.max_body_bytes ?? undefined,
      overflow: body.overflow ?? undefined,
      publicUrl: body.public_url ?? undefined,
      scheme: body.scheme ?? undefined,
      response: body.response ?? undefined,
    },
    secrets: { secretKey: body.secret_key ?? undefined, publicKey: body.public_key ?? undefined },
  })),
);

const patchFields = strictObject({}, { webhook_name: webhookName, ...settled, ...clearable });

const patchNames = {
  webhook_name: 'name',
  status: 'status',
  is_active: 'isActive',
  source_service_id: 'sourceServiceId',
  event_types: 'eventTypes',
  ip_mode: 'ipMode',
  ip_allowlist: 'ipAllowlist',
  max_body_bytes: 'maxBodyBytes',
  overflow: 'overflow',
  public_url: 'publicUrl',
  scheme: 'scheme',
  response: 'response',
} as const satisfies { readonly [K in keyof t.TypeOf<typeof patchFields>]-?: keyof WebhookPatch };

export const patchWebhookBody: Codec<WebhookPatch> = component(
  'WebhookPatch',
  mapped(patchFields, (body): WebhookPatch =>
    Object.fromEntries(
      Object.entries(body).map(([field, value]) => [patchNames[field as keyof typeof patchNames], value]),
    ),
  ),
);

export const rotateSecretBody: Codec<Pick<RotateSecret, 'secrets' | 'overlapSeconds'>> = component(
  'WebhookSecretCreate',
  mapped(
    strictObject(
      {},
      {
        secret_key: nullable(secretKey),
        public_key: nullable(publicKey),
        overlap_seconds: nullable(overlap),
      },
    ),
    (body) => ({
      secrets: { secretKey: body.secret_key ?? undefined, publicKey: body.public_key ?? undefined },
      overlapSeconds: body.overlap_seconds ?? undefined,
    }),
  ),
);

export const rotateTokenBody: Codec<{ readonly overlapSeconds: number | undefined }> = component(
  'WebhookTokenCreate',
  mapped(strictObject({}, { overlap_seconds: nullable(overlap) }), (body) => ({
    overlapSeconds: body.overlap_seconds ?? undefined,
  })),
);
