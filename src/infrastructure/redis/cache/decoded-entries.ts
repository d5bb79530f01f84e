import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import { decodedEntry } from './cached-text.ts';

/** Decoded entries that are kept, since most hits read the same text of a key again. */
const MOST_DECODED = 5_000;
/** Characters of all texts together; decoded, they take several times as many bytes. */
const MOST_DECODED_TEXT = 16 * 1024 * 1024;

type Decoded = { readonly text: string; readonly entry: CacheEntry };

/**
 * As long as the text of a key is the same, answers with the same object, so that the stages of a call recognise it as
 * already decoded.
 */
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
