import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import { decodedEntry } from './cached-text.ts';

/** Entries whose text was read before and is read again: most hits. */
const MOST_DECODED = 5_000;
/** Characters of all their texts; decoded they take some times as many bytes. */
const MOST_DECODED_TEXT = 16 * 1024 * 1024;

type Decoded = { readonly text: string; readonly entry: CacheEntry };

/** The same text of a key gives the same object, which the stages of a call then know to be decoded. */
export const decodedEntries = (): ((text: string, json: string, key: string) => CacheEntry | undefined) => {
  const decoded = new LRUCache<string, Decoded>({
    max: MOST_DECODED,
    maxSize: MOST_DECODED_TEXT,
    sizeCalculation: ({ text }) => text.length,
  });
  return (text, json, key) => {
    const known = decoded.get(key);
    if (known?.text === text) return known.entry;
    const entry = decodedEntry(json, key);
    if (entry !== undefined) decoded.set(key, { text, entry });
    return entry;
  };
};
