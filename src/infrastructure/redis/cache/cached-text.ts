import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import { providerNames } from '../../../domain/external-service/external-service.ts';
import { jsonIn } from '../../../domain/shared/json.ts';

/** What lies under a key of the first tier: an entry, or the fact that it was removed. */
export type CachedText =
  | { readonly kind: 'entry'; readonly keptUntil: number; readonly json: string }
  | { readonly kind: 'removal'; readonly at: number };

/** Epoch milliseconds at a fixed width: scripts compare them as text, without reading on. */
const WIDTH = 16;
export const stamp = (epochMs: number): string => String(Math.trunc(epochMs)).padStart(WIDTH, '0');

const HEAD = /^(\d{16})([er])(\d{16})/;
const HEAD_LENGTH = 2 * WIDTH + 1;

/** Loaded when, `e` for an entry, kept until when by the clock of the cache, then the entry as JSON. */
export const textOfEntry = (entry: CacheEntry, keptUntil: number): string =>
  `${stamp(entry.storedAt)}e${stamp(keptUntil)}${JSON.stringify(entry)}`;

export const textOfRemoval = (at: number): string => `${stamp(at)}r${stamp(at)}`;

/** Undefined: another hand wrote it, or another version. */
export const cachedText = (text: string): CachedText | undefined => {
  const [head, storedAt, kind, keptUntil] = HEAD.exec(text) ?? [];
  if (head === undefined) return undefined;
  return kind === 'r'
    ? { kind: 'removal', at: Number(storedAt) }
    : { kind: 'entry', keptUntil: Number(keptUntil), json: text.slice(HEAD_LENGTH) };
};

/** Foreign data, since Redis may be anybody's: undefined unless it is an entry of this very key. */
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
