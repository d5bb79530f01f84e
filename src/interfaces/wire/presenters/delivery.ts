import * as t from 'io-ts';
import { authenticityLevels } from '../../../domain/webhook/proof/authenticity.ts';
import {
  keptFlags,
  type DeliveryDetails,
  type KeptDelivery,
} from '../../../domain/webhook/delivery/delivery-reader.ts';
import { keptStates } from '../../../domain/webhook/delivery/received-delivery.ts';
import { sourceServices } from '../../../domain/webhook/scheme/signature-scheme.ts';
import { component, described, leaf, nullable, type JsonSchema } from '../codecs/codec.ts';
import { right } from '../../../domain/shared/fp.ts';
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
} from './times-and-money.ts';

/** An object with arbitrary names. */
export const namedValues = <V>(schema: JsonSchema, description: string) =>
  leaf<{ readonly [name: string]: V }>(
    { type: 'object', additionalProperties: schema, description },
    (input) => right(input as { readonly [name: string]: V }),
  );

export const keptHeaders = namedValues<string>(
  { type: 'string' },
  'Selected by an allow-list: no signature, token, credential or cookie is kept.',
);

const SECRET_VERSION = 'Version of the secret that matched; null: there is none.';
export const proofFields = {
  method: described('Such as `hmac-sha256`, `ed25519`, `token` or `none`.', t.string),
  level: described(
    'What that proves, with the values of `verification` of a webhook.',
    oneOf(authenticityLevels),
  ),
};

const deliveryFields = {
  id: described('Id of the delivery, and of its event on the bus.', uuidAnswer),
  webhook_id: described('The webhook that received it.', uuidAnswer),
  source: described('The sender.', oneOf(sourceServices)),
  state: described(
    '`accepted`: passed on to the bus. `held`: its webhook is paused. `spooled`: above the rate limit, passed on later. `filtered`: its event type is not selected. `handshake`: only answered. `parked`: no event could be built from it.',
    oneOf(keptStates),
  ),
  event_type: described('As named by the sender; null: not known.', textOrNull),
  external_id: described('Id assigned by the sender; null: none that can be used.', textOrNull),
  verification: described(
    'How it was authenticated.',
    answerObject({ ...proofFields, secret_version: described(SECRET_VERSION, nullable(integerAnswer)) }, {}),
  ),
  content_type: described('As declared by the sender; null: not declared.', textOrNull),
  size: described('Size of its body, in bytes.', integerAnswer),
  sha256: described('SHA-256 of its body, in hex.', t.string),
  headers: keptHeaders,
  client_address: described(
    'Address of the sender, as reported by trusted proxies; null: not known.',
    textOrNull,
  ),
  request_id: described('The `X-Request-Id` of its answer.', t.string),
  sent_at: described('Time signed by the sender; null: no time is signed.', timeAnswerOrNull),
  received_at: described('When it was received.', timeAnswer),
  published_at: described('When it was first passed on to the bus; null: it was not.', timeAnswerOrNull),
  flags: described(
    'Anomalies: the body is not the JSON or form that it claims to be, the id cannot be used, the address is not listed, the same body came before under another id, another body came later under its id.',
    t.readonlyArray(oneOf(keptFlags)),
  ),
};

export const deliveryAnswer = component('WebhookDelivery', answerObject(deliveryFields, {}));

export const deliveryOf = (delivery: KeptDelivery): t.TypeOf<typeof deliveryAnswer> => ({
  id: delivery.id,
  webhook_id: delivery.webhookId,
  source: delivery.source,
  state: delivery.state,
  event_type: delivery.eventType ?? null,
  external_id: delivery.externalId ?? null,
  verification: {
    method: delivery.verification.method,
    level: delivery.verification.level,
    secret_version: delivery.verification.secretVersion ?? null,
  },
  content_type: delivery.contentType ?? null,
  size: delivery.size,
  sha256: delivery.bodySha256,
  headers: delivery.headers,
  client_address: delivery.clientAddress ?? null,
  request_id: delivery.requestId,
  sent_at: timeOrNull(delivery.sentAt),
  received_at: timeText(delivery.receivedAt),
  published_at: timeOrNull(delivery.publishedAt),
  flags: delivery.flags,
});

const repeatsAnswer = answerObject(
  {
    times: described('How often it was repeated.', integerAnswer),
    last_seen_at: described('When the last repeat came.', timeAnswer),
    other_bodies: described('How often with a body other than the first.', integerAnswer),
  },
  {},
);

export const deliveryDetailsAnswer = component(
  'WebhookDeliveryDetails',
  answerObject(
    {
      ...deliveryFields,
      body_path: described('Path from which its body can be read.', t.string),
      dedupe_key_sha256: described(
        'Hash by which repeats are recognised, in hex; null for a handshake.',
        textOrNull,
      ),
      repeats: described(
        'Repeats under its deduplication key; null if the key has expired or belongs to a later delivery that was wanted.',
        nullable(repeatsAnswer),
      ),
    },
    {},
  ),
);

export const deliveryDetailsOf = (delivery: DeliveryDetails): t.TypeOf<typeof deliveryDetailsAnswer> => ({
  ...deliveryOf(delivery),
  body_path: `/webhooks/deliveries/${delivery.id}/body`,
  dedupe_key_sha256: delivery.dedupeKeyHash ?? null,
  repeats:
    delivery.repeats === undefined
      ? null
      : {
          times: delivery.repeats.times,
          last_seen_at: timeText(delivery.repeats.lastSeenAt),
          other_bodies: delivery.repeats.otherBodies,
        },
});
