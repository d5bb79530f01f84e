/**
 * A value is sealed with a key that is not in `ENCRYPTION_KEYS` of this process. That may pass: during a rolling update
 * another replica may have the key already, and an operator who set the wrong keys will set the right ones again.
 */
export class KeyMissing extends Error {
  constructor(what: string, keyId: string) {
    super(`${what} does not open: the key ${keyId} is not known here`);
  }
}
