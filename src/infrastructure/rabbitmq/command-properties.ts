import type { ConsumeMessage, MessageProperties, Options } from 'amqplib';
import {
  MOST_RETURNS,
  type CommandMessage,
  type CommandReply,
  type Settlement,
} from '../../application/command-queue.ts';

/** Header: number of retries so far. */
const ATTEMPT = 'x-attempt';
/** Header: how often earlier copies of this message came back unsettled. The broker counts each copy from 0. */
const RETURNS = 'x-returns';
/**
 * Headers of a dead letter: when, why, and how large. A message in the command queue that has them was moved back by an
 * operator.
 */
const PARKED_AT = 'x-parked-at';
const REASON = 'x-reason';
const REASON_DETAIL = 'x-reason-detail';
const BODY_BYTES = 'x-body-bytes';
/**
 * Header: the user whom the broker verified on the first delivery. The property itself cannot be kept, since only that
 * user may publish with it.
 */
const USER = 'x-user-id';
/**
 * Headers that must not be copied: those of an earlier delivery, and those that would make the broker send copies to
 * queues of the sender's choice.
 */
const NOT_CARRIED =
  /^(?:x-death|x-(?:first|last)-death-.*|x-delivery-count|x-acquired-count|x-attempt|x-returns|x-reason|x-reason-detail|x-parked-at|x-body-bytes|CC|BCC)$/;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const countOf = (value: unknown): number =>
  Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;

/**
 * True if the broker itself dead-lettered the command: it came back too often, or its sender's TTL expired. The latest
 * death comes first in the header; an expiry in a retry queue only ended its delay.
 */
const isGivenUp = (deaths: unknown, commands: string): boolean => {
  const [latest] = Array.isArray(deaths) ? (deaths as readonly unknown[]) : [];
  const { reason, queue } = (latest ?? {}) as { readonly reason?: unknown; readonly queue?: unknown };
  return reason === 'delivery_limit' || (reason === 'expired' && queue === commands);
};

/**
 * A delivery as the application sees it. A sender may claim any number of retries, but never more than there are. A
 * dead letter that an operator moved back, with all its headers, gets all its attempts again.
 */
export const commandMessageOf = (
  { fields, properties }: Pick<ConsumeMessage, 'fields' | 'properties'>,
  { body, bodyBytes }: Pick<CommandMessage, 'body' | 'bodyBytes'>,
  { queue, mostRetries }: { readonly queue: string; readonly mostRetries: number },
): CommandMessage => {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const isMovedBack = PARKED_AT in headers || isGivenUp(headers['x-death'], queue);
  const retries = isMovedBack ? 0 : Math.min(countOf(headers[ATTEMPT]), mostRetries);
  const returnsInARow = returnsOf(fields, headers);
  return {
    type: textOf(properties.type),
    messageId: textOf(properties.messageId),
    correlationId: textOf(properties.correlationId),
    replyTo: textOf(properties.replyTo),
    appId: textOf(properties.appId),
    userId: textOf(properties.userId) ?? textOf(headers[USER]),
    contentEncoding: textOf(properties.contentEncoding),
    headers,
    body,
    // Of a large body only the beginning was kept, and that is no command any more.
    bodyBytes: isMovedBack ? Math.max(bodyBytes, countOf(headers[BODY_BYTES])) : bodyBytes,
    retries,
    retriesLeft: mostRetries - retries,
    returns: (isMovedBack ? 0 : Math.min(countOf(headers[RETURNS]), MOST_RETURNS)) + returnsInARow,
    returnsInARow,
    isMovedBack,
  };
};

/** A quorum queue counts redeliveries in a header; on a first delivery that header would be the sender's own. */
const returnsOf = (
  { redelivered }: Pick<ConsumeMessage['fields'], 'redelivered'>,
  headers: Readonly<Record<string, unknown>>,
): number => (redelivered ? countOf(headers['x-delivery-count']) : 0);

/** Properties of a copy for one of our queues: persistent, and without a TTL of its own. */
const carriedOn = (properties: MessageProperties, more: object): Options.Publish => {
  const headers = Object.entries(properties.headers ?? {}).filter(([name]) => !NOT_CARRIED.test(name));
  const { userId, contentType, contentEncoding, priority, correlationId, replyTo, messageId } = properties;
  const { timestamp, type, appId } = properties;
  const user = userId === undefined ? {} : { [USER]: userId };
  return {
    ...definedOf({ contentType, contentEncoding, priority, correlationId, replyTo, messageId }),
    ...definedOf({ timestamp, type, appId }),
    headers: { ...Object.fromEntries(headers), ...user, ...more },
    persistent: true,
    mandatory: true,
  };
};

const definedOf = (properties: Options.Publish): Options.Publish =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

const SHORT = 255;
/** Those headers of the sender that this service reads. */
const READ_HERE = new Set(['management_company_id', 'traceparent', USER]);
const OURS = new Set([ATTEMPT, RETURNS, REASON, REASON_DETAIL, PARKED_AT, BODY_BYTES]);

/** Invalid UTF-8 becomes longer when it is decoded, and may then exceed the limit. */
const isTooLong = (value: unknown): boolean => typeof value === 'string' && Buffer.byteLength(value) > SHORT;

/**
 * Properties of a copy for a message that cannot be copied as it is: other client libraries can send larger header
 * tables, and 64-bit numbers and timestamps that amqplib cannot encode. Only what is needed to carry out or inspect the
 * command is kept.
 */
export const withoutOddities = ({ headers, ...others }: Options.Publish): Options.Publish => ({
  ...Object.fromEntries(
    Object.entries(others).filter(([name, value]) => name !== 'timestamp' && !isTooLong(value)),
  ),
  headers: Object.fromEntries(
    Object.entries((headers ?? {}) as Readonly<Record<string, unknown>>).filter(
      ([name, value]) =>
        OURS.has(name) || (READ_HERE.has(name) && typeof value === 'string' && value.length <= SHORT),
    ),
  ),
});

export const retriedProperties = (properties: MessageProperties, retries: number): Options.Publish =>
  carriedOn(properties, { [ATTEMPT]: retries });

/**
 * A crashed consumer leaves a lease on its command behind, and the command is postponed until that ends. It still
 * counts as one that came back.
 */
export const postponedProperties = (
  properties: MessageProperties,
  { retries, returns }: Pick<CommandMessage, 'retries' | 'returns'>,
): Options.Publish =>
  carriedOn(properties, { [ATTEMPT]: retries, ...(returns > 0 && { [RETURNS]: returns }) });

export const parkedProperties = (
  properties: MessageProperties,
  { reason, detail }: Extract<Settlement, { readonly kind: 'parked' }>,
  {
    parkedAt,
    bodyBytes,
    retries,
  }: Pick<CommandMessage, 'bodyBytes' | 'retries'> & { readonly parkedAt: string },
): Options.Publish =>
  carriedOn(properties, {
    ...(retries > 0 && { [ATTEMPT]: retries }),
    [REASON]: reason,
    [REASON_DETAIL]: detail,
    [PARKED_AT]: parkedAt,
    [BODY_BYTES]: bodyBytes,
  });

/** `correlation_id` is the sender's, or its message id if it gave none. */
export const answerProperties = (
  { type, correlationId, messageId }: CommandMessage,
  { status, contentType, isRepeat }: CommandReply,
  answerId: string,
): Options.Publish => ({
  ...definedOf({
    ...(contentType !== undefined && { contentType }),
    ...(type !== undefined && { type }),
    ...((correlationId ?? messageId) !== undefined && { correlationId: correlationId ?? messageId ?? '' }),
  }),
  appId: 'integration-service',
  messageId: answerId,
  headers: { status, repeated: isRepeat },
  persistent: true,
  mandatory: true,
});
