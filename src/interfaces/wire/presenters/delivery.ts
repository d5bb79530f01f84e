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
  'By allow-list: no signature, no token, no credential, no cookie is kept.',
);

const SECRET_VERSION = 'Version of the secret that matched; null: there is none.';
export const proofFields = {
  method: described('Such as `hmac-sha256`, `ed25519`, `token` or `none`.', t.string),
  level: described('What that proves, as `verification` of a webhook.', oneOf(authenticityLevels)),
};

const deliveryFields = {
  id: described('Of the delivery, and of its event on the bus.', uuidAnswer),
  webhook_id: described('The webhook it came to.', uuidAnswer),
  source: described('Who sent it.', oneOf(sourceServices)),
  state: described(
    '`accepted`: given to the bus. `held`: its webhook is paused. `spooled`: above the rate, given later. `filtered`: of a type that is not wanted. `handshake`: answered only. `parked`: no event could be made of it.',
    oneOf(keptStates),
  ),
  event_type: described('As its sender names it; null: not known.', textOrNull),
  external_id: described('The id its sender gave it; null: none that can be used.', textOrNull),
  verification: described(
    'How it was proven.',
    answerObject({ ...proofFields, secret_version: described(SECRET_VERSION, nullable(integerAnswer)) }, {}),
  ),
  content_type: described('As its sender said; null: nothing.', textOrNull),
  size: described('Bytes of its body.', integerAnswer),
  sha256: described('Of its body, in hex.', t.string),
  headers: keptHeaders,
  client_address: described('Who sent it, as trusted proxies tell; null: not known.', textOrNull),
  request_id: described('As in `X-Request-Id` of its answer.', t.string),
  sent_at: described('As signed by the sender; null: no time is signed.', timeAnswerOrNull),
  received_at: described('When it came.', timeAnswer),
  published_at: described('When it was first given to the bus; null: it was not.', timeAnswerOrNull),
  flags: described(
    'What is odd about it: the body is no JSON or form as it says, the id cannot be used, the address is not listed, the same body came before under another id, another body came later under its id.',
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
    times: described('How often it came again.', integerAnswer),
    last_seen_at: described('When it last came.', timeAnswer),
    other_bodies: described('How often with another body than the first.', integerAnswer),
  },
  {},
);

export const deliveryDetailsAnswer = component(
  'WebhookDeliveryDetails',
  answerObject(
    {
      ...deliveryFields,
      body_path: described('Where its body is read.', t.string),
      dedupe_key_sha256: described('By which repeats are known, in hex; null for a handshake.', textOrNull),
      repeats: described(
        'What came again under its key; null when the key has run out, or is that of a later one, which was wanted.',
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
