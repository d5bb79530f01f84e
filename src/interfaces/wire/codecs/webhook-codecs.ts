import type * as t from 'io-ts';
import type { WebhookPatch } from '../../../application/commands/change-webhook.ts';
import type { CreateWebhook } from '../../../application/commands/create-webhook.ts';
import type { RotateSecret } from '../../../application/commands/rotate-webhook.ts';
import { left, right } from '../../../domain/shared/fp.ts';
import { isLongerThan } from '../../../domain/shared/text-length.ts';
import { LONGEST_SECRET } from '../../../domain/webhook/proof/secret-rules.ts';
import { sourceServices } from '../../../domain/webhook/scheme/signature-scheme.ts';
import { ipModes, overflowPolicies, webhookStatuses } from '../../../domain/webhook/webhook-config.ts';
import { MOST_BODY_BYTES } from '../../../domain/webhook/webhook-fields.ts';
import { LONGEST_OVERLAP_SECONDS, USUAL_OVERLAP_SECONDS } from '../../../domain/webhook/webhook-rotation.ts';
import { component, described, leaf, listOf, mapped, nullable, type Codec } from './codec.ts';
import { oneStar } from './delivery-codecs.ts';
import { storedObject } from './json-values.ts';
import { responseNotes, schemeNotes } from './scheme-docs.ts';
import { strictObject } from './object-codec.ts';
import { integer, oneOf, plainText, trueOrFalse, uuid } from './values.ts';

const SCHEME_BYTES = 8 * 1024;
const RESPONSE_BYTES = 8 * 1024;

const webhookName = plainText({
  min: 1,
  max: 100,
  notes: {
    description: 'Human-readable name, unique among the webhooks of the tenant that are not archived.',
    examples: ['payments'],
  },
});
const sourceService = oneOf(sourceServices, {
  description: 'Which service sends the deliveries; custom needs a scheme.',
});
const eventType = plainText({ min: 1, max: 200, pattern: oneStar });
const eventTypes = listOf(eventType, { max: 200 });
const ipAllowlist = listOf(
  plainText({ min: 1, max: 64, notes: { examples: ['203.0.113.0/24', 'github'] } }),
  { max: 200 },
);
const publicUrl = plainText({ min: 1, max: 2_048, notes: { format: 'uri-template' } });
/** Not trimmed: blanks may be part of it. */
const secretText = (description: string, notes: { readonly writeOnly?: boolean }) =>
  leaf<string>({ type: 'string', minLength: 1, maxLength: LONGEST_SECRET, description, ...notes }, (input) =>
    typeof input === 'string' && input !== '' && !isLongerThan(input, LONGEST_SECRET)
      ? right(input)
      : left(`text of 1 to ${LONGEST_SECRET} characters`),
  );
const secretKey = secretText(
  'The secret that the sender signs with or sends: stored encrypted. Omitted or null: generated, if the sender lets the receiver choose it.',
  {
    writeOnly: true,
  },
);
const publicKey = secretText('Ed25519 public key of the sender: 32 bytes in hex or base64; null: none.', {});
const overlap = integer(0, LONGEST_OVERLAP_SECONDS, {
  default: USUAL_OVERLAP_SECONDS,
  description: 'Seconds for which the old one is still accepted; null: a day.',
});

const settled = {
  status: described(
    '`paused` stores what arrives and publishes it later, `disabled` refuses it, `archived` tells senders to stop; default: `active`.',
    oneOf(webhookStatuses),
  ),
  is_active: described('Shorthand for `status`: `active` or `disabled`.', trueOrFalse),
};
const clearable = {
  source_service_id: described(
    'The registered service that the sender belongs to; null: none.',
    nullable(uuid),
  ),
  event_types: described(
    'Only these event types are published: `type` or `type.action`, in which one `*` stands for any text (`invoice.*`); null, none or `*`: all.',
    nullable(eventTypes),
  ),
  ip_mode: described(
    '`observe` accepts and flags the deliveries that `enforce` would refuse; null or omitted: `enforce` with an allowlist, else `off`.',
    nullable(oneOf(ipModes)),
  ),
  ip_allowlist: described(
    'Addresses, networks, or `github`, `stripe`, `telegram` for the address lists that these publish; null: none.',
    nullable(ipAllowlist),
  ),
  max_body_bytes: described(
    'Maximum size of a body, in bytes; null or omitted: 1 MiB, for GitHub 25 MiB.',
    nullable(integer(1, MOST_BODY_BYTES)),
  ),
  overflow: described(
    'What happens to deliveries above the rate limit of the tenant: refused with 429, or stored and published later; null or omitted: `spool` for GitHub, else `reject`.',
    nullable(oneOf(overflowPolicies)),
  ),
  public_url: described(
    'The URL as the sender calls it, for schemes that sign it; `{token}` in it stands for the token; null: none.',
    nullable(publicUrl),
  ),
  scheme: nullable(storedObject(SCHEME_BYTES, schemeNotes)),
  response: nullable(
    storedObject(
      RESPONSE_BYTES,
      responseNotes(
        '`status`, `content_type` and `body` of the answer to an accepted delivery; null: the usual answer for the source.',
      ),
    ),
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
