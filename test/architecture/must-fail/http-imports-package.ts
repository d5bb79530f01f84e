// as src/interfaces/http/x.ts: http may not import pg
import type { Pool } from 'pg';
export type X = Pool;
