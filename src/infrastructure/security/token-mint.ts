import { randomBytes } from 'node:crypto';
import type { TokenMint } from '../../application/commands/issue-token.ts';
import { serviceTokenHash } from '../../domain/access/service-token.ts';

/** 256 bits from the system's generator: guessing is out of the question, so a fast hash is enough to store. */
export const randomTokenMint: TokenMint = () => {
  const token = `ist_${randomBytes(32).toString('base64url')}`;
  return { token, hash: serviceTokenHash(token), hint: token.slice(-4) };
};
