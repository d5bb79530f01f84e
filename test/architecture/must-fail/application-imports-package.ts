// as src/application/x.ts: application may not import pg
import type { Pool } from 'pg';
export type X = Pool;
