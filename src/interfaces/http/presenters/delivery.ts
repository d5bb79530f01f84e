import * as t from 'io-ts';
import { authenticityLevels } from '../../../domain/webhook/authenticity.ts';
import type { DeliveryDetails, KeptDelivery } from '../../../domain/webhook/delivery-reader.ts';
import { keptStates, receivedFlags } from '../../../domain/webhook/received-delivery.ts';
import type { ListedRejection } from '../../../domain/webhook/rejection-reader.ts';
import { sourceServices } from '../../../domain/webhook/signature-scheme.ts';
import { component, leaf, noted, nullable, type JsonSchema } from '../codecs/codec.ts';
import { right } from '../../../domain/shared/fp.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import type { AnswerDoc } from '../openapi/answers.ts';
import {
  integerAnswer,
  textOrNull,
  timeAnswer,
  timeAnswerOrNull,
  timeOrNull,
  timeText,
  uuidAnswer,
} from './times-and-money.ts';

/** An object whose names are not known beforehand. */
export const namedValues = <V>(schema: JsonSchema, description: string) =>
  leaf<{ readonly [name: string]: V }>(
    { type: 'object', additionalProperties: schema, description },
    (input) => right(input as { readonly [name: string]: V }),
  );

const headers = namedValues<string>(
  { type: 'string' },
  'By allow-list: no signature, no token, no credential, no cookie is kept.',
);

const deliveryFields = {
  id: uuidAnswer,
  webhook_id: uuidAnswer,
  source: oneOf(sourceServices),
  state: oneOf(keptStates),
  event_type: textOrNull,
  external_id: textOrNull,
  verification: answerObject(
    { method: t.string, level: oneOf(authenticityLevels), secret_version: nullable(integerAnswer) },
    {},
  ),
  content_type: textOrNull,
  size: integerAnswer,
  sha256: t.string,
  headers,
  client_address: textOrNull,
  request_id: t.string,
  sent_at: noted({ description: 'As signed by the sender.' }, timeAnswerOrNull),
  received_at: timeAnswer,
  published_at: noted({ description: 'null: not given to the bus.' }, timeAnswerOrNull),
  flags: t.readonlyArray(oneOf(receivedFlags)),
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

export const deliveryDetailsAnswer = component(
  'WebhookDeliveryDetails',
  answerObject(
    {
      ...deliveryFields,
      body_path: t.string,
      dedupe_key_sha256: textOrNull,
      repeats: noted(
        { description: 'What came again under its key; null when the key has run out.' },
        nullable(
          answerObject({ times: integerAnswer, last_seen_at: timeAnswer, other_bodies: integerAnswer }, {}),
        ),
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

/** What a refusal carries beside its kind, named as everything on the wire. */
export const detailOf = (detail: NamedDetail): NamedDetail =>
  Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
type NamedDetail = { readonly [name: string]: string | number };

const rejectionAnswer = component(
  'WebhookRejection',
  answerObject(
    {
      id: uuidAnswer,
      webhook_id: uuidAnswer,
      rejected_at: timeAnswer,
      reason: t.string,
      detail: namedValues<string | number>(
        { type: ['string', 'number'] },
        'Names of headers and numbers, never a value that was sent.',
      ),
      client_address: textOrNull,
      method: t.string,
      headers,
      sha256: textOrNull,
      size: nullable(integerAnswer),
      request_id: t.string,
    },
    {},
  ),
);

export const rejectionsAnswer: AnswerDoc = {
  status: 200,
  description: 'One page.',
  content: {
    'application/json': answerObject(
      {
        data: t.readonlyArray(rejectionAnswer),
        page: answerObject({ next_cursor: noted({ description: 'null on the last page.' }, textOrNull) }, {}),
        meta: answerObject(
          {
            unlisted: noted(
              { description: 'Refusals of the period that were only counted, whatever their reason.' },
              integerAnswer,
            ),
          },
          {},
        ),
      },
      {},
    ),
  },
};

export const rejectionOf = (rejection: ListedRejection): t.TypeOf<typeof rejectionAnswer> => ({
  id: rejection.id,
  webhook_id: rejection.webhookId,
  rejected_at: timeText(rejection.rejectedAt),
  reason: rejection.reason,
  detail: detailOf(rejection.detail),
  client_address: rejection.clientAddress ?? null,
  method: rejection.method,
  headers: rejection.headers,
  sha256: rejection.bodySha256 ?? null,
  size: rejection.size ?? null,
  request_id: rejection.requestId,
});
