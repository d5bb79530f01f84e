/** What may be asked over the bus. Its name is the message's `type`. */
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

/** After the first try: 1 s, 5 s, 25 s and 125 s. Whoever still fails then is parked. */
export const retryDelaysMs: readonly number[] = [1_000, 5_000, 25_000, 125_000];

/**
 * What came back unsettled so often in a row, or had so many consumers die while they carried it out, takes its
 * consumers down: it is parked instead of tried again.
 */
export const MOST_RETURNS = 5;

/** As HTTP limits its bodies. */
export const MOST_BODY_BYTES = 1024 * 1024;
/** What is kept of a larger one: so many in hand at once would otherwise fill the memory. */
export const KEPT_BODY_BYTES = 64 * 1024;
/**
 * RabbitMQ 4 takes messages of 16 MiB unless it is told otherwise, and closes the channel over a larger one, with all
 * that is in hand on it. A mebibyte is left for what stands beside the body.
 */
export const MOST_ANSWER_BYTES = 15 * 1024 * 1024;

/** One message as it came off the bus. Nothing in it is trusted. */
export type CommandMessage = {
  readonly type: string | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  /** Name of the queue that waits for the answer. */
  readonly replyTo: string | undefined;
  /** Who sent it: by its own word, and by the broker's, which checks it. */
  readonly appId: string | undefined;
  readonly userId: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Of more than MOST_BODY_BYTES only the beginning, KEPT_BODY_BYTES long. */
  readonly body: Uint8Array;
  /** As sent. */
  readonly bodyBytes: number;
  /** Tries before this one, and tries that are left after it. */
  readonly retries: number;
  readonly retriesLeft: number;
  /**
   * How often it was handed out before and came back unsettled: its consumer died or lost the broker. Being postponed
   * changes nothing about it; a try that was settled begins the count anew.
   */
  readonly returns: number;
  /** The same since it was sent, tried again or postponed last. */
  readonly returnsInARow: number;
  /** It was a dead letter, and somebody has moved it back. */
  readonly isMovedBack: boolean;
};

/** What is kept of a body: all of it, or a copy of its beginning, which lets go of the rest. */
export const keptBody = (body: Uint8Array): Uint8Array =>
  body.byteLength > MOST_BODY_BYTES ? new Uint8Array(body.subarray(0, KEPT_BODY_BYTES)) : body;

/** What an HTTP caller would have got, headers left out. */
export type CommandAnswer = {
  readonly status: number;
  /** Undefined without a body. */
  readonly contentType: string | undefined;
  readonly body: string;
};
export type CommandReply = CommandAnswer & {
  /** The answer of the first message of this id, given again. */
  readonly isRepeat: boolean;
};

/**
 * What becomes of a message. An answer goes to its `replyTo`; without one, or when that queue is gone, it is dropped.
 */
export type Settlement =
  | { readonly kind: 'done'; readonly reply: CommandReply }
  /** Kept for people, with a reason for programs and a sentence. */
  | {
      readonly kind: 'parked';
      readonly reason: string;
      readonly detail: string;
      readonly reply: CommandReply;
    }
  /** Comes again after the next delay. Only while `retriesLeft` is above 0. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** Comes again after the first delay without having used up a try. */
  | { readonly kind: 'postponed' };

/**
 * What no command can be carried out without. While it is away none is taken: those that come wait in their queue, and
 * use up no try. What was taken just before meets the loss, and is tried again.
 */
export type CommandMeans = {
  readonly isAway: () => boolean;
  /** Calls after each change. */
  readonly onChange: (listener: () => void) => void;
};

/** Rejects only for a bug: the message goes back and counts as returned. */
export type CommandHandler = (message: CommandMessage) => Promise<Settlement>;

/**
 * The way commands come in: at least once, in no order, at most `prefetch` of them in hand. A message leaves the
 * queue only after its settlement is safe with the broker, answer included.
 */
export type CommandQueue = {
  /** Begins to take messages, now or as soon as the broker is there. Once. */
  readonly consume: (handler: CommandHandler) => void;
  /**
   * Takes nothing new at once. Resolves when everything in hand is settled, or after `graceMs`: what is not
   * settled then goes back to the queue.
   */
  readonly stop: (graceMs: number) => Promise<void>;
};
