import type { Either } from './fp.ts';

/**
 * The one place a secret belongs to. A sealed secret copied to another tenant, row or field does not open there.
 */
export type SecretBinding = {
  readonly tenantId: string;
  readonly rowId: string;
  /** Column or column path, e.g. `api_key`. */
  readonly field: string;
};

/** A secret as it lies in the row: the envelope of `SecretBox` and the last four characters for people. */
export type SealedSecret = { readonly envelope: string; readonly hint: string };

/**
 * - `malformed`: not an envelope this box writes.
 * - `unknown-key`: sealed with a key that is not configured here (`keyId` says which); adding the key cures it.
 * - `tampered`: the envelope was changed, sealed for another binding, or sealed with another key of the same id.
 */
export type SecretUnreadable = {
  readonly kind: 'secret-unreadable';
  readonly reason: 'unknown-key' | 'tampered' | 'malformed';
  readonly keyId?: string;
};

/**
 * Seals secrets (provider keys, signing secrets) before they reach a row, and opens them again. What is sealed
 * stays secret and unchanged or does not open: encryption is authenticated. Sealing the same text twice gives
 * different envelopes, so equal secrets cannot be seen.
 */
export type SecretBox = {
  /**
   * An envelope of URL-safe ASCII that names its key, about 4/3 of the UTF-8 size plus 60 characters.
   * Any well-formed Unicode text, also empty; throws TypeError for a lone surrogate, which UTF-8 cannot hold.
   */
  readonly seal: (plaintext: string, binding: SecretBinding) => string;
  /** The text given to `seal`; no error carries any part of the envelope besides the key's id. */
  readonly open: (envelope: string, binding: SecretBinding) => Either<SecretUnreadable, string>;
  /** True when `seal` would write another version or use another key today: what key rotation looks for. */
  readonly needsResealing: (envelope: string) => boolean;
};
