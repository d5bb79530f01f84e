// as src/domain/cache/x.ts: domain may not import lru-cache
import { LRUCache } from 'lru-cache';
export const x = LRUCache;
