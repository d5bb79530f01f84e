import { randomBytes } from 'node:crypto';

import type { Account } from './accounts.ts';

export type Token = {
  readonly email: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
};

/** A token that was never issued, or was revoked, is treated like an expired one: 401. */
export class Tokens {
  readonly #issued = new Map<string, Token>();

  issue({ email }: Account, scopes: readonly string[], expiresAt: number): string {
    const token = `ya29.c.SANDBOX-${randomBytes(24).toString('base64url')}`;
    this.#issued.set(token, { email, scopes, expiresAt });
    return token;
  }

  find(token: string, now: number): Token | undefined {
    const found = this.#issued.get(token);
    return found && found.expiresAt > now ? found : undefined;
  }

  /** Revokes the tokens of one account, or of all. */
  revoke(email?: string): void {
    for (const [token, issued] of this.#issued) {
      if (email === undefined || issued.email === email) this.#issued.delete(token);
    }
  }
}
