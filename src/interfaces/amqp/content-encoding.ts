import type { CommandMessage } from '../../application/command-queue.ts';

/** What clients send for a body that is not encoded: names of character sets and of transfer encodings among them. */
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
 * Whether the sender says that the body is encoded. Used to explain why it is not valid JSON; a body that is valid is
 * taken as it is.
 */
export const isSentEncoded = ({ contentEncoding }: Pick<CommandMessage, 'contentEncoding'>): boolean =>
  contentEncoding !== undefined && !AS_IT_IS.has(contentEncoding.trim().toLowerCase());
