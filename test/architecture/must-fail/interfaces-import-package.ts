// as src/interfaces/cli/x.ts: interfaces may not import pg
import type { Pool } from 'pg';
export type X = Pool;
