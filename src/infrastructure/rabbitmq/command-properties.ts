import type { ConsumeMessage, MessageProperties, Options } from 'amqplib';
import {
  MOST_RETURNS,
  type CommandMessage,
  type CommandReply,
  type Settlement,
} from '../../application/command-queue.ts';

/** Retries behind a message. */
const ATTEMPT = 'x-attempt';
/** How often the copies before this one came back unsettled, each of which the broker has counted from 0. */
const RETURNS = 'x-returns';
/** Of a dead letter: who finds it on a message is looking at one that somebody has moved back. */
const PARKED_AT = 'x-parked-at';
const REASON = 'x-reason';
const REASON_DETAIL = 'x-reason-detail';
const BODY_BYTES = 'x-body-bytes';
/** The user that the broker checked on the first delivery: only that user could set the property again. */
const USER = 'x-user-id';
/** Of an earlier delivery, and what would have the broker send copies to queues of the sender's choice. */
const NOT_CARRIED =
  /^(?:x-death|x-(?:first|last)-death-.*|x-delivery-count|x-acquired-count|x-attempt|x-returns|x-reason|x-reason-detail|x-parked-at|x-body-bytes|CC|BCC)$/;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const countOf = (value: unknown): number =>
  Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;

/**
 * The broker itself put it among the dead letters: it came back too often, or its sender's time was over. The latest
 * death stands first; that of a retry, whose delay is over, was in another queue.
 */
const isGivenUp = (deaths: unknown, commands: string): boolean => {
  const [latest] = Array.isArray(deaths) ? (deaths as readonly unknown[]) : [];
  const { reason, queue } = (latest ?? {}) as { readonly reason?: unknown; readonly queue?: unknown };
  return reason === 'delivery_limit' || (reason === 'expired' && queue === commands);
};

/**
 * A delivery as the application sees it. Whatever a sender claims about retries, at least none is left after the last.
 * A dead letter that an operator has moved back, with all its headers, has all its tries again.
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
    // Of a large one only the beginning was kept: what is left of it is no command.
    bodyBytes: isMovedBack ? Math.max(bodyBytes, countOf(headers[BODY_BYTES])) : bodyBytes,
    retries,
    retriesLeft: mostRetries - retries,
    returns: (isMovedBack ? 0 : Math.min(countOf(headers[RETURNS]), MOST_RETURNS)) + returnsInARow,
    returnsInARow,
    isMovedBack,
  };
};

/** A quorum queue counts what came back; on a first delivery the header would be the sender's own. */
const returnsOf = (
  { redelivered }: Pick<ConsumeMessage['fields'], 'redelivered'>,
  headers: Readonly<Record<string, unknown>>,
): number => (redelivered ? countOf(headers['x-delivery-count']) : 0);

/** The same message once more, for a queue of ours: kept on disk, without a life of its own. */
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
/** Of the sender's headers, what is read here. */
const READ_HERE = new Set(['management_company_id', 'traceparent', USER]);
const OURS = new Set([ATTEMPT, RETURNS, REASON, REASON_DETAIL, PARKED_AT, BODY_BYTES]);

/** What was no UTF-8 came out longer than it was. */
const isTooLong = (value: unknown): boolean => typeof value === 'string' && Buffer.byteLength(value) > SHORT;

/**
 * For a message that cannot be sent on as it came: senders of other make have larger tables of headers, and numbers and
 * times with 64 bits, for which the library has no form. What is needed to carry it out or to look after it stays.
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

/** Whoever died at a command leaves a lease behind, until whose end it is postponed: it stays one that came back. */
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

/** `correlation_id` is the sender's, or its message id when it gave none. */
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
