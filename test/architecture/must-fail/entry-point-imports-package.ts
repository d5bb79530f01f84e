// as src/x.ts: entry points may not import pg
import { Pool } from 'pg';
export const x = Pool;
