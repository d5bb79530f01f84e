import { createSecretKey, type KeyObject } from 'node:crypto';
import { left, right, type Either } from '../../domain/shared/fp.ts';

/** `secret` is a KeyObject, whose bytes do not appear in logs or inspections. */
export type EncryptionKey = { readonly id: string; readonly secret: KeyObject };

const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const KEY_BYTES = 32;

/** Strict: Node's decoder skips characters that it does not know, so a typing error would become another key. */
const decodeBase64 = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64');
  const canonical = bytes.toString('base64');
  return text === canonical || text === canonical.replace(/=+$/, '') ? bytes : undefined;
};

const problemOfSecret = (bytes: Buffer | undefined): string | undefined => {
  if (bytes === undefined) return 'the part after ":" is not base64';
  if (bytes.length !== KEY_BYTES) return `the key has ${bytes.length} bytes instead of ${KEY_BYTES}`;
  return undefined;
};

type Entry = { readonly key?: EncryptionKey; readonly problems: readonly string[] };

const parseEntry = (text: string): Entry => {
  const colon = text.indexOf(':');
  if (colon < 0) return { problems: ['expected id:base64'] };
  const id = text.slice(0, colon);
  const bytes = decodeBase64(text.slice(colon + 1));
  const problems = [
    ...(KEY_ID.test(id) ? [] : ['the id must be 1 to 32 letters, digits, "_" or "-"']),
    ...[problemOfSecret(bytes)].filter((problem) => problem !== undefined),
  ];
  return problems.length > 0 || bytes === undefined
    ? { problems }
    : { key: { id, secret: createSecretKey(bytes) }, problems };
};

const repeatedIds = (entries: readonly Entry[]): readonly string[] => {
  const first = new Map<string, number>();
  return entries.flatMap(({ key }, index) => {
    const earlier = key && first.get(key.id);
    if (earlier !== undefined) return [`key ${index + 1}: the id is the same as that of key ${earlier + 1}`];
    if (key) first.set(key.id, index);
    return [];
  });
};

/**
 * Reads `ENCRYPTION_KEYS`: `id:base64,id:base64`, each key 32 bytes (`openssl rand -base64 32`), ids unique. The first
 * key seals, all open. Left lists every problem by the position of the key: never its text, not even the id, since what
 * is there by mistake may be the key itself.
 */
export const parseEncryptionKeys = (text: string): Either<string[], EncryptionKey[]> => {
  if (text.trim() === '') return left(['no key: expected id:base64, several separated by commas']);
  const entries = text.split(',').map((entry) => parseEntry(entry.trim()));
  const problems = entries.flatMap((entry, index) =>
    entry.problems.map((problem) => `key ${index + 1}: ${problem}`),
  );
  const all = [...problems, ...repeatedIds(entries)];
  return all.length > 0 ? left(all) : right(entries.flatMap(({ key }) => (key ? [key] : [])));
};
