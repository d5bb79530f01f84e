// as src/application/x.ts: application may not import src/infrastructure/postgres/database.ts
import type { Database } from '../infrastructure/postgres/database.ts';
export type X = Database;
