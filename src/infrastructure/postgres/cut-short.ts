import { errorCode } from '../system/error-code.ts';

const CUT = new Set(['ECONNRESET', 'EPIPE']);

/** The connection broke during a statement, which may have been carried out all the same. */
export const isCutShort = (error: unknown): boolean =>
  error instanceof Error &&
  (error.message.startsWith('Connection terminated') || CUT.has(errorCode(error) ?? ''));
