// as src/interfaces/cli/x.ts: interfaces may not import src/infrastructure/postgres/database.ts
import type { Database } from '../../infrastructure/postgres/database.ts';
export type X = Database;
