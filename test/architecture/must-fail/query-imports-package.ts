// as src/application/queries/x.ts: queries may not import node:crypto
import { randomUUID } from 'node:crypto';
export const x = randomUUID;
