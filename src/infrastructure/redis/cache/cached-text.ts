import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import { providerNames } from '../../../domain/external-service/external-service.ts';
import { jsonIn } from '../../../domain/shared/json.ts';

/** The value of a key of the first tier: an entry, or a tombstone that says when it was removed. */
export type CachedText =
  | { readonly kind: 'entry'; readonly keptUntil: number; readonly json: string }
  | { readonly kind: 'removal'; readonly at: number };

/** Epoch milliseconds at a fixed width, so that scripts can compare them as text without parsing the whole value. */
const WIDTH = 16;
export const stamp = (epochMs: number): string => String(Math.trunc(epochMs)).padStart(WIDTH, '0');

const HEAD = /^(\d{16})([er])(\d{16})/;
const HEAD_LENGTH = 2 * WIDTH + 1;

/**
 * Time of the load, `e` for an entry, time until which it is kept (by the clock of the cache), then the entry as JSON.
 */
export const textOfEntry = (entry: CacheEntry, keptUntil: number): string =>
  `${stamp(entry.storedAt)}e${stamp(keptUntil)}${JSON.stringify(entry)}`;

export const textOfRemoval = (at: number): string => `${stamp(at)}r${stamp(at)}`;

/** Undefined if somebody else, or another version, wrote it. */
export const cachedText = (text: string): CachedText | undefined => {
  const [head, storedAt, kind, keptUntil] = HEAD.exec(text) ?? [];
  if (head === undefined) return undefined;
  return kind === 'r'
    ? { kind: 'removal', at: Number(storedAt) }
    : { kind: 'entry', keptUntil: Number(keptUntil), json: text.slice(HEAD_LENGTH) };
};

/**
 * Decoded as foreign data, since others may write to the same Redis: undefined unless it is an entry of this very key.
 */
export const decodedEntry = (json: string, key: string): CacheEntry | undefined => {
  const value = jsonIn(json);
  return isEntry(value) && value.key === key ? value : undefined;
};

const texts = ['key', 'serviceId', 'serviceName', 'operation', 'loadedBy'] as const;
const times = ['storedAt', 'freshUntil', 'goneAt'] as const;

const isEntry = (value: unknown): value is CacheEntry => {
  if (typeof value !== 'object' || value === null || !('value' in value)) return false;
  const entry = value as { readonly [name in keyof CacheEntry]?: unknown };
  return (
    texts.every((name) => typeof entry[name] === 'string') &&
    times.every((name) => Number.isFinite(entry[name])) &&
    providerNames.some((name) => name === entry.provider) &&
    areTexts(entry.tags) &&
    (entry.alsoFrom === undefined || areTexts(entry.alsoFrom))
  );
};

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string');
