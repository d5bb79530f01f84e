/** Commands accepted over the bus. The name is the `type` of the message. */
export const commandTypes = [
  'integration.command.geocode',
  'integration.command.reverse_geocode',
  'integration.command.distance',
  'integration.command.sheets.read',
  'integration.command.sheets.write',
  'integration.command.sheets.append',
  'integration.command.sheets.batch_update',
  'integration.command.cache.invalidate',
  'integration.command.service.probe',
] as const;
export type CommandType = (typeof commandTypes)[number];

/**
 * Delays before each retry. A command that still fails after the last one is parked (dead-lettered with its reason).
 */
export const retryDelaysMs: readonly number[] = [1_000, 5_000, 25_000, 125_000];

/**
 * Poison message limit: a message that was redelivered unsettled so often in a row, or whose consumers died so often
 * while handling it, is parked instead of tried again.
 */
export const MOST_RETURNS = 5;

/** The same limit as for bodies over HTTP. */
export const MOST_BODY_BYTES = 1024 * 1024;
/**
 * Bytes that are kept of a body above the limit: only the beginning, or the messages in flight would fill the memory.
 */
export const KEPT_BODY_BYTES = 64 * 1024;
/**
 * RabbitMQ 4 accepts messages of up to 16 MiB by default. It closes the channel for a larger one, which returns all
 * messages in flight on it. One MiB is reserved for properties and headers.
 */
export const MOST_ANSWER_BYTES = 15 * 1024 * 1024;

/** A message as received from the bus. Nothing in it is trusted yet. */
export type CommandMessage = {
  readonly type: string | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  /** Name of the queue that expects the answer. */
  readonly replyTo: string | undefined;
  /** The sender: `appId` is its own claim, `userId` was checked by the broker. */
  readonly appId: string | undefined;
  readonly userId: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Only the first KEPT_BODY_BYTES when the body is larger than MOST_BODY_BYTES. */
  readonly body: Uint8Array;
  /** Size of the body as sent. */
  readonly bodyBytes: number;
  /** Earlier tries of this command, and tries that remain after this one. */
  readonly retries: number;
  readonly retriesLeft: number;
  /**
   * How often the message was delivered before and came back unsettled, because its consumer died or lost the broker.
   * Postponing does not change the number; settling a try resets it.
   */
  readonly returns: number;
  /** The same, counted from when the message was last sent, retried or postponed. */
  readonly returnsInARow: number;
  /** The message was dead-lettered, and an operator moved it back to the queue. */
  readonly isMovedBack: boolean;
};

/** The whole body, or a copy of its beginning: a copy, so that the memory of the rest can be freed. */
export const keptBody = (body: Uint8Array): Uint8Array =>
  body.byteLength > MOST_BODY_BYTES ? new Uint8Array(body.subarray(0, KEPT_BODY_BYTES)) : body;

/** The answer that an HTTP caller would have got, without headers. */
export type CommandAnswer = {
  readonly status: number;
  /** Undefined when the answer has no body. */
  readonly contentType: string | undefined;
  readonly body: string;
};
export type CommandReply = CommandAnswer & {
  /** True when this is the stored answer to an earlier message with the same id. */
  readonly isRepeat: boolean;
};

/**
 * What to do with a message. A reply is sent to the `replyTo` queue; without one, or when that queue is gone, it is
 * dropped.
 */
export type Settlement =
  | { readonly kind: 'done'; readonly reply: CommandReply }
  /** Dead-lettered for an operator, with a reason for programs and a sentence for people. */
  | {
      readonly kind: 'parked';
      readonly reason: string;
      readonly detail: string;
      readonly reply: CommandReply;
    }
  /** Tried again after the next of the `retryDelaysMs`. Only allowed while `retriesLeft` is above 0. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** Delivered again after the first delay, without counting as a try. */
  | { readonly kind: 'postponed' };

/**
 * The dependency (the database) without which no command can be carried out. While it is unavailable no message is
 * consumed: commands wait in their queue and use up no retry. A command taken just before the loss fails and is
 * retried.
 */
export type CommandMeans = {
  readonly isAway: () => boolean;
  /** The listener is called after each change of `isAway`. */
  readonly onChange: (listener: () => void) => void;
};

/** Rejects only for a bug: the message is then requeued, which counts as a return. */
export type CommandHandler = (message: CommandMessage) => Promise<Settlement>;

/**
 * Consumes commands at least once, in no guaranteed order, at most `prefetch` at a time. A message is acknowledged only
 * after the broker has confirmed its settlement, the reply included.
 */
export type CommandQueue = {
  /** Starts consuming now, or as soon as the broker is reachable. May be called once. */
  readonly consume: (handler: CommandHandler) => void;
  /**
   * Stops consuming at once. Resolves when every message in flight is settled, or after `graceMs` milliseconds; what is
   * unsettled then is requeued.
   */
  readonly stop: (graceMs: number) => Promise<void>;
};
