import * as t from 'io-ts';
import { right } from '../../../domain/shared/fp.ts';
import { authenticityLevels, secretKinds } from '../../../domain/webhook/proof/authenticity.ts';
import { sourceServices } from '../../../domain/webhook/scheme/signature-scheme.ts';
import { ipModes, overflowPolicies, webhookStatuses } from '../../../domain/webhook/webhook-config.ts';
import { component, described, leaf, nullable, type JsonSchema } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { responseNotes, schemeNotes } from '../codecs/scheme-docs.ts';
import { oneOf } from '../codecs/values.ts';
import {
  integerAnswer,
  textOrNull,
  timeAnswer,
  timeAnswerOrNull,
  uuidAnswer,
  uuidOrNull,
} from './times-and-money.ts';

const object = (notes: JsonSchema) => nullable(leaf<unknown>({ type: 'object', ...notes }, right));

export const secretAnswer = component(
  'WebhookSecret',
  answerObject(
    {
      version: described('Numbered from 1 within the webhook.', integerAnswer),
      kind: described('How the sender uses it.', oneOf(secretKinds)),
      state: described(
        'At most one is current; previous ones were replaced by rotation.',
        oneOf(['current', 'previous']),
      ),
      hint: described('Last 4 characters; a public key is shown in full.', t.string),
      valid_until: described('From then on it is not accepted; null: no end.', timeAnswerOrNull),
      created_at: described('When it was set.', timeAnswer),
      last_matched_at: described('When it last authenticated a delivery; null: never.', timeAnswerOrNull),
      match_count: described('Number of deliveries that it authenticated.', integerAnswer),
    },
    {},
  ),
);

const previousTokenAnswer = answerObject(
  {
    hint: described('The first 8 characters of the token after `whk_`.', t.string),
    valid_until: described('From then on it is unknown.', timeAnswer),
    uses: described('Deliveries that still used it.', integerAnswer),
    last_used_at: described('When it was last used; null: never.', timeAnswerOrNull),
  },
  {},
);

const webhookFields = {
  id: described('Assigned when the webhook was created.', uuidAnswer),
  management_company_id: described('The tenant.', t.string),
  webhook_name: described(
    'Human-readable name, unique among the webhooks of the tenant that are not archived.',
    t.string,
  ),
  webhook_url: described(
    'URL to which the sender delivers. It shows the hint instead of the token, unless the token was just created.',
    t.string,
  ),
  token_hint: described('The first 8 characters of the token after `whk_`.', t.string),
  previous_token: described(
    'The address before the last rotation; null if there was none.',
    nullable(previousTokenAnswer),
  ),
  source_service: described('Which service sends the deliveries.', oneOf(sourceServices)),
  source_service_id: described('The registered service that the sender belongs to; null: none.', uuidOrNull),
  status: described(
    '`paused` stores what arrives and publishes it later, `disabled` refuses it, `archived` tells senders to stop.',
    oneOf(webhookStatuses),
  ),
  is_active: described('Whether `status` is `active`.', t.boolean),
  verification: described(
    'What authenticates an accepted delivery: a signature of the body (`signed`), a secret that the sender knows (`token`), a listed address, or nothing.',
    oneOf(authenticityLevels),
  ),
  public_key: described(
    'Current public key of the sender; null if it authenticates in another way.',
    textOrNull,
  ),
  secrets: described('Newest version first.', t.readonlyArray(secretAnswer)),
  scheme: object(schemeNotes),
  event_types: described(
    'Only these event types are published; none or `*`: all.',
    t.readonlyArray(t.string),
  ),
  ip_mode: described(
    '`observe` accepts and flags the deliveries that `enforce` would refuse.',
    oneOf(ipModes),
  ),
  ip_allowlist: described(
    'Networks, and names of address lists that senders publish.',
    t.readonlyArray(t.string),
  ),
  max_body_bytes: described('Maximum size of a body, in bytes.', integerAnswer),
  overflow: described(
    'What happens to deliveries above the rate limit of the tenant: refused with 429, or stored and published later.',
    oneOf(overflowPolicies),
  ),
  public_url: described(
    'The URL as the sender calls it, for schemes that sign it; null: the same as `webhook_url`.',
    textOrNull,
  ),
  response: object(
    responseNotes('The answer to an accepted delivery; null: the usual answer for the source.'),
  ),
  total_received: described('Requests to it that were answered, including repeats.', integerAnswer),
  total_successful: described('Requests that were accepted.', integerAnswer),
  total_failed: described('Requests that were refused.', integerAnswer),
  last_received_at: described('When the last request came; null: none did.', timeAnswerOrNull),
  last_rejected_at: described('When a request was last refused; null: none was.', timeAnswerOrNull),
  created_at: described('When it was created.', timeAnswer),
  updated_at: described('When an administrator last changed it.', timeAnswer),
};

/** A webhook in answers: neither token nor secret is included, not even sealed. */
export const webhookAnswer = component('Webhook', answerObject(webhookFields, {}));

const secretShown = described(
  'Shown here and never again; omitted if it was supplied by the caller.',
  t.string,
);
export const createdWebhookAnswer = component(
  'CreatedWebhook',
  answerObject(
    { ...webhookFields, webhook_token: described('Shown here and never again.', t.string) },
    { secret_key: secretShown },
  ),
);
export const rotatedSecretAnswer = component(
  'RotatedWebhookSecret',
  answerObject(webhookFields, { secret_key: secretShown }),
);
