import { errorCode } from '../../system/error-code.ts';

/** Redis could not be asked or did not answer in time. The command may still have been, or be, carried out. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  /** A code or the first word of an answer: safe to log, unlike the driver's errors, which quote commands. */
  readonly reason: string;

  constructor(reason: string) {
    super(`Redis is away: ${reason}`);
    this.reason = reason;
  }
}

/** By name: the driver is loaded only where there is a Redis. */
const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/**
 * Answers that say the command is wrong. All others (LOADING, CLUSTERDOWN, READONLY, OOM, NOAUTH) say that Redis is
 * of no use now; so does that it does not know a command.
 */
const FAULTS_OF_OURS: readonly string[] = ['ERR', 'WRONGTYPE', 'CROSSSLOT'];

/**
 * Redis 6 says of itself in a script: `ERR Error running script (call to f_…): @user_script:1: …: -OOM command not …`
 */
const OF_A_SCRIPT = /^ERR Error running script.*? -([A-Z]+) /;

/** What a server that stands alone says when it is asked for the members of its cluster, under no code of its own. */
const ALONE = /^ERR This instance has cluster support disabled/;

/** A command that was renamed or taken away, as what the driver or a script needs. */
const UNKNOWN = /^ERR (?:Error running script.*: )?unknown (?:Redis )?command\b/i;

const firstWord = ({ message }: Error): string =>
  OF_A_SCRIPT.exec(message)?.[1] ?? /^[A-Z]+/.exec(message)?.[0] ?? 'error';

/** Redis answered: the mistake is in the command or its script. */
export const isCommandFault = (error: unknown): boolean =>
  isReply(error) && FAULTS_OF_OURS.includes(firstWord(error)) && !UNKNOWN.test(error.message);

/** Redis is there, and does not do what it is asked: it is full, a copy, or no more than a member of a cluster. */
export const isRefusal = (error: unknown): boolean => isReply(error) && !isCommandFault(error);

/** Why the database that is named in the URL cannot be used, where that is what the error tells. */
export const databaseRefusal = (error: unknown): RedisAway | undefined => {
  const { command } = error as { readonly command?: { readonly name?: unknown } };
  if (!isReply(error) || command?.name !== 'select') return undefined;
  const reason = firstWord(error);
  // Without a password nothing else works either, and that has its own way.
  if (reason === 'NOAUTH') return undefined;
  return new RedisAway(reason === 'ERR' ? 'no such database' : reason);
};

/** Of a cluster the driver says that no member was of use, and keeps what the last of them said. */
const ofMember = (error: unknown): unknown =>
  error instanceof Error && 'lastNodeError' in error ? (error.lastNodeError ?? error) : error;

/** What the driver says when no Sentinel leads to the master, with the words of the last one. */
const LED_NOWHERE = /^All sentinels are unreachable\b.*?(?:Last error: (.*))?$/s;

const ofSentinels = (error: unknown): string | undefined => {
  const [said, last = ''] = (error instanceof Error && LED_NOWHERE.exec(error.message)) || [];
  if (said === undefined) return undefined;
  if (last.startsWith('ERR unknown command')) return 'no Sentinels';
  if (last.startsWith('ERR No such master')) return 'Sentinels: no such master';
  return `Sentinels: ${/^[A-Z]{3,}\b/.exec(last)?.[0] ?? 'not connected'}`;
};

const inWords = (reply: Error): string => {
  if (ALONE.test(reply.message)) return 'no cluster';
  return UNKNOWN.test(reply.message) ? 'unknown command' : firstWord(reply);
};

/** Why Redis cannot be used, in a word. */
export const reasonOf = (met: unknown): string => {
  const error = ofMember(met);
  if (error instanceof RedisAway) return error.reason;
  if (isReply(error)) return inWords(error);
  return ofSentinels(error) ?? errorCode(error) ?? (typeof error === 'string' ? error : 'not connected');
};
