/**
 * Sealed with a key that is not in `ENCRYPTION_KEYS` here. Another replica may have it already, while all of them are
 * given it one after the other, and whoever put the wrong keys there puts the right ones back.
 */
export class KeyMissing extends Error {
  constructor(what: string, keyId: string) {
    super(`${what} does not open: the key ${keyId} is not known here`);
  }
}
