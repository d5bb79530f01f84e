import * as t from 'io-ts';
import type { ListedRejection } from '../../../domain/webhook/delivery/rejection-reader.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { keptHeaders, namedValues } from './delivery.ts';
import { integerAnswer, textOrNull, timeAnswer, timeText, uuidAnswer } from './times-and-money.ts';

/** The details of a refusal beside its kind, with names spelt as everywhere on the wire. */
export const detailOf = (detail: NamedDetail): NamedDetail =>
  Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
type NamedDetail = { readonly [name: string]: string | number };

export const rejectionAnswer = component(
  'WebhookRejection',
  answerObject(
    {
      id: described('Id of the refusal.', uuidAnswer),
      webhook_id: described('The webhook that it was sent to.', uuidAnswer),
      rejected_at: described('When it was refused.', timeAnswer),
      reason: described(
        'Reason, such as `signature-mismatch` or `too-large`; the sender is never told.',
        t.string,
      ),
      detail: namedValues<string | number>(
        { type: ['string', 'number'] },
        'Contains names of headers and numbers, never a value that was sent.',
      ),
      client_address: described(
        'Address of the sender, as reported by trusted proxies; null: not known.',
        textOrNull,
      ),
      method: described('HTTP method of the request.', t.string),
      headers: keptHeaders,
      sha256: described('SHA-256 of its body, in hex; null if it was not read.', textOrNull),
      size: described('Size of its body, in bytes; null if it was not read.', nullable(integerAnswer)),
      request_id: described('The `X-Request-Id` of its answer.', t.string),
    },
    {},
  ),
);

/** Additional information beside a page of refusals. */
export const rejectionsMeta = described(
  'What the list leaves out.',
  answerObject(
    {
      unlisted: described(
        'Refusals of the period that were only counted, whatever their reason.',
        integerAnswer,
      ),
    },
    {},
  ),
);

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
