// as src/domain/cache/x.ts: domain may not import src/infrastructure/postgres/database.ts
import type { Database } from '../../infrastructure/postgres/database.ts';
export type X = Database;
