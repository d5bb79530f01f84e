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
      version: described('Counts up from 1 within the webhook.', integerAnswer),
      kind: described('What it is to the sender.', oneOf(secretKinds)),
      state: described(
        'One at most is current; previous ones were rotated away.',
        oneOf(['current', 'previous']),
      ),
      hint: described('Last 4 characters; a public key as a whole.', t.string),
      valid_until: described('From then on it proves nothing; null: no end.', timeAnswerOrNull),
      created_at: described('When it was set.', timeAnswer),
      last_matched_at: described('When it last proved a delivery; null: never.', timeAnswerOrNull),
      match_count: described('Deliveries it proved.', integerAnswer),
    },
    {},
  ),
);

const previousTokenAnswer = answerObject(
  {
    hint: described('The first 8 characters of the token after `whk_`.', t.string),
    valid_until: described('From then on nobody knows it any more.', timeAnswer),
    uses: described('Deliveries that still came to it.', integerAnswer),
    last_used_at: described('When the last of them came; null: none did.', timeAnswerOrNull),
  },
  {},
);

const webhookFields = {
  id: described('Given when it was made.', uuidAnswer),
  management_company_id: described('The tenant.', t.string),
  webhook_name: described('For people; of one webhook of the tenant only, archived ones aside.', t.string),
  webhook_url: described(
    'Where its sender delivers: with the hint in place of the token, unless it was just made.',
    t.string,
  ),
  token_hint: described('The first 8 characters of the token after `whk_`.', t.string),
  previous_token: described(
    'The address before the last rotation; null: there was none.',
    nullable(previousTokenAnswer),
  ),
  source_service: described('Who sends.', oneOf(sourceServices)),
  source_service_id: described('The registered service its sender belongs to; null: none.', uuidOrNull),
  status: described(
    '`paused` keeps what arrives and publishes it later, `disabled` refuses it, `archived` tells senders to stop.',
    oneOf(webhookStatuses),
  ),
  is_active: described('Whether `status` is `active`.', t.boolean),
  verification: described(
    'What an accepted delivery proves: the body is `signed`; its sender knows a secret (`token`) or has a listed address; nothing.',
    oneOf(authenticityLevels),
  ),
  public_key: described('The current one of its sender; null: it proves itself otherwise.', textOrNull),
  secrets: described('Newest version first.', t.readonlyArray(secretAnswer)),
  scheme: object(schemeNotes),
  event_types: described('Only these are published; none or `*`: all.', t.readonlyArray(t.string)),
  ip_mode: described('`observe` notes on deliveries what `enforce` would refuse.', oneOf(ipModes)),
  ip_allowlist: described('Networks, and names of lists that senders publish.', t.readonlyArray(t.string)),
  max_body_bytes: described('Bytes a body may have.', integerAnswer),
  overflow: described(
    'What becomes of deliveries above the rate of the tenant: refused with 429, or kept and published later.',
    oneOf(overflowPolicies),
  ),
  public_url: described(
    'The URL as its sender calls it, where that is signed; null: as `webhook_url`.',
    textOrNull,
  ),
  response: object(
    responseNotes('What an accepted delivery is answered with; null: as the source usually is.'),
  ),
  total_received: described('Answered requests to it, repeats included.', integerAnswer),
  total_successful: described('Of them accepted.', integerAnswer),
  total_failed: described('Of them refused.', integerAnswer),
  last_received_at: described('When the last one came; null: none did.', timeAnswerOrNull),
  last_rejected_at: described('When the last one was refused; null: none was.', timeAnswerOrNull),
  created_at: described('When it was made.', timeAnswer),
  updated_at: described('When an administrator last changed it.', timeAnswer),
};

/** A webhook in answers: neither token nor secret is included, not even sealed. */
export const webhookAnswer = component('Webhook', answerObject(webhookFields, {}));

const secretShown = described('Shown here and never again; left out when it was given.', t.string);
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
