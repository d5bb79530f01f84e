// as src/infrastructure/container/x.ts: container may not import pg
import { Pool } from 'pg';
export const x = Pool;
