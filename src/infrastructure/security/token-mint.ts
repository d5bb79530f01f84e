import { randomBytes } from 'node:crypto';
import type { TokenMint } from '../../application/commands/issue-token.ts';
import { serviceTokenHash } from '../../domain/access/service-token.ts';

/** 256 random bits cannot be guessed, so a fast hash is enough for storing them. */
export const randomTokenMint: TokenMint = () => {
  const token = `ist_${randomBytes(32).toString('base64url')}`;
  return { token, hash: serviceTokenHash(token), hint: token.slice(-4) };
};
