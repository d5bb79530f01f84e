import type { Sleep } from '../../domain/shared/clock.ts';
import { furtherReasons } from '../telemetry/further-reasons.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';

/**
 * What the log says of one channel: that it is in trouble, each further reason of that, and that it is over, each once.
 */
export type ChannelLines = {
  /** It had been open. */
  readonly closed: (error: unknown) => void;
  readonly notOpened: (error: unknown) => void;
  readonly opened: () => void;
  /** From the first line to the last one. */
  readonly isInTrouble: () => boolean;
  /** No longer open, and nothing is wrong with the channel: its connection ended, or its user wants another one. */
  readonly gone: () => void;
};

type Deps = { readonly channel: string; readonly logger: Logger; readonly sleep: Sleep };

/**
 * Milliseconds that a channel must stay open before its trouble counts as over. A channel that can be opened but not
 * used is closed at its next use, and the outbox relay tries every ten seconds.
 */
const SETTLED_MS = 15_000;

const PRECONDITION_FAILED = 406;

/** What an operator should do, by the code of the broker's refusal, whose text names what is concerned. */
const ADVICE: ReadonlyMap<unknown, string> = new Map([
  [403, 'give the user of RABBITMQ_URL the permission that is refused here'],
  [
    404,
    'it is declared again at the next attempt if the user of RABBITMQ_URL may configure it: otherwise grant that permission, or declare it',
  ],
  [405, 'close the connection that has exclusive access to the queue'],
  [
    PRECONDITION_FAILED,
    'it was declared differently from what docs/commands.md and docs/events.md say: correct it, or delete it when it is empty',
  ],
]);

export const channelLines = ({ channel, logger, sleep }: Deps): ChannelLines => {
  const reasons = furtherReasons();
  let failures = 0;
  let open = new AbortController();

  const failed = (what: string, error: unknown): void => {
    open.abort();
    failures += 1;
    if (reasons.isNews(String(error)))
      logger.warn(what, { channel, ...errorFields(error), ...adviceOn(error) });
  };
  const settle = async ({ signal }: AbortController): Promise<void> => {
    await sleep(SETTLED_MS, signal);
    if (signal.aborted) return;
    logger.info('channel open again', { channel, failures });
    failures = 0;
    reasons.forget();
  };
  return {
    closed: (error) => failed('channel closed by the broker', error),
    notOpened: (error) => failed('channel not opened', error),
    opened: () => {
      if (failures === 0) return;
      open = new AbortController();
      void settle(open);
    },
    isInTrouble: () => failures > 0,
    gone: () => open.abort(),
  };
};

/** Of queues or exchanges, of a virtual host or of the whole broker: under the code of what was made otherwise. */
const LIMIT = /\blimit\b.* is reached/;
/** The same code also stands for a message that is too large, and for one that was not acknowledged in time. */
const OTHERWISE = /\binequivalent arg\b/;
/** An exchange that only other exchanges may publish to, whatever the permissions. */
const INTERNAL = /\binternal exchange\b/;

const adviceOn = (error: unknown): object => {
  if (!(error instanceof Error) || !('code' in error)) return {};
  const advice = adviceOf(error.code, error.message);
  return advice === undefined ? {} : { advice };
};

const adviceOf = (code: unknown, words: string): string | undefined => {
  if (LIMIT.test(words))
    return 'raise the limit that is reached here, or remove something that counts towards it';
  if (INTERNAL.test(words)) return ADVICE.get(PRECONDITION_FAILED);
  return code === PRECONDITION_FAILED && !OTHERWISE.test(words) ? undefined : ADVICE.get(code);
};
