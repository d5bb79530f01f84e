import { randomBytes } from 'node:crypto';
import { uuidV7Source } from './uuid-v7.ts';

/** The process's own source of ids. */
export const systemIds = uuidV7Source({ now: Date.now, randomBytes });
