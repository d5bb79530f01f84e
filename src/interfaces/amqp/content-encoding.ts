import type { CommandMessage } from '../../application/command-queue.ts';

/** What clients call a body that is what it is: also the letters it is written in, and that it may be any bytes. */
const AS_IT_IS: ReadonlySet<string> = new Set([
  'identity',
  'utf-8',
  'utf8',
  'us-ascii',
  '7bit',
  '8bit',
  'binary',
]);

/**
 * Whether its sender says that the body is something else than it seems: of such a body the grammar would complain, and
 * not tell why. One that is JSON all the same is taken as what it is.
 */
export const isSentEncoded = ({ contentEncoding }: Pick<CommandMessage, 'contentEncoding'>): boolean =>
  contentEncoding !== undefined && !AS_IT_IS.has(contentEncoding.trim().toLowerCase());
