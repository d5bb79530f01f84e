import type { Either } from './fp.ts';

/**
 * Where a secret belongs. A sealed secret that was copied to another tenant, row or field does not open there (the
 * binding is authenticated data of the encryption).
 */
export type SecretBinding = {
  readonly tenantId: string;
  readonly rowId: string;
  /** Column or column path, e.g. `api_key`. */
  readonly field: string;
};

/** A secret as stored in a row: the envelope made by `SecretBox.seal`, and the last four characters for display. */
export type SealedSecret = { readonly envelope: string; readonly hint: string };

/**
 * - `malformed`: not an envelope that this box writes.
 * - `unknown-key`: sealed with a key that is not configured here (`keyId` names it); configuring that key cures it.
 * - `tampered`: the envelope was changed, was sealed for another binding, or with another key under the same id.
 */
export type SecretUnreadable = {
  readonly kind: 'secret-unreadable';
  readonly reason: 'unknown-key' | 'tampered' | 'malformed';
  readonly keyId?: string;
};

/**
 * Encrypts secrets (provider keys, signing secrets) before they are stored, and decrypts them. The encryption is
 * authenticated: a changed envelope does not open. Sealing the same text twice gives different envelopes, so equal
 * secrets cannot be recognised.
 */
export type SecretBox = {
  /**
   * An envelope of URL-safe ASCII that names its key, about 4/3 of the UTF-8 size plus 60 characters.
   * Any well-formed Unicode text, also empty; throws TypeError for a lone surrogate, which UTF-8 cannot hold.
   */
  readonly seal: (plaintext: string, binding: SecretBinding) => string;
  /** Returns the text given to `seal`. Errors carry no part of the envelope except the id of its key. */
  readonly open: (envelope: string, binding: SecretBinding) => Either<SecretUnreadable, string>;
  /** True when `seal` would use another version or key today; key rotation looks for these. */
  readonly needsResealing: (envelope: string) => boolean;
};
