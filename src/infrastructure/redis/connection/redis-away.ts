import { errorCode } from '../../system/error-code.ts';

/**
 * Redis could not be asked or did not answer in time. The command may still have been carried out, or be carried out
 * later.
 */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  /** An error code or the first word of an answer: safe to log, unlike the driver's errors, which quote commands. */
  readonly reason: string;

  constructor(reason: string) {
    super(`Redis is away: ${reason}`);
    this.reason = reason;
  }
}

/** Compared by name, since the driver is loaded only where Redis is configured. */
const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/**
 * Error codes which say that the command is wrong. All others (LOADING, CLUSTERDOWN, READONLY, OOM, NOAUTH) say that
 * Redis cannot be used now; so does an unknown command.
 */
const FAULTS_OF_OURS: readonly string[] = ['ERR', 'WRONGTYPE', 'CROSSSLOT'];

/**
 * Redis 6 reports an error inside a script as: `ERR Error running script (call to f_…): @user_script:1: …: -OOM command
 * not …`
 */
const OF_A_SCRIPT = /^ERR Error running script.*? -([A-Z]+) /;

/** The answer of a standalone server that is asked for the members of its cluster; it has no code of its own. */
const ALONE = /^ERR This instance has cluster support disabled/;

/** A command that was renamed or disabled, although the driver or a script needs it. */
const UNKNOWN = /^ERR (?:Error running script.*: )?unknown (?:Redis )?command\b/i;

const firstWord = ({ message }: Error): string =>
  OF_A_SCRIPT.exec(message)?.[1] ?? /^[A-Z]+/.exec(message)?.[0] ?? 'error';

/** Redis answered that the command or its script is wrong. */
export const isCommandFault = (error: unknown): boolean =>
  isReply(error) && FAULTS_OF_OURS.includes(firstWord(error)) && !UNKNOWN.test(error.message);

/** Redis answers but refuses the command: it is out of memory, a read-only replica, or only a member of a cluster. */
export const isRefusal = (error: unknown): boolean => isReply(error) && !isCommandFault(error);

/** Why the database named in the URL cannot be used, if that is what the error says. */
export const databaseRefusal = (error: unknown): RedisAway | undefined => {
  const { command } = error as { readonly command?: { readonly name?: unknown } };
  if (!isReply(error) || command?.name !== 'select') return undefined;
  const reason = firstWord(error);
  // Without a password nothing else works either; that is reported elsewhere.
  if (reason === 'NOAUTH') return undefined;
  return new RedisAway(reason === 'ERR' ? 'no such database' : reason);
};

/** In a cluster the driver only says that no node could be used; the error of the last node says why. */
const ofMember = (error: unknown): unknown =>
  error instanceof Error && 'lastNodeError' in error ? (error.lastNodeError ?? error) : error;

/** The driver's message when no Sentinel names a master, which quotes the error of the last Sentinel. */
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

/** A word or two that say why Redis cannot be used. */
export const reasonOf = (met: unknown): string => {
  const error = ofMember(met);
  if (error instanceof RedisAway) return error.reason;
  if (isReply(error)) return inWords(error);
  return ofSentinels(error) ?? errorCode(error) ?? (typeof error === 'string' ? error : 'not connected');
};
