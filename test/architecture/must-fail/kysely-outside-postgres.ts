// as src/infrastructure/redis/x.ts: kysely belongs to src/infrastructure/postgres/ alone
import type { Kysely } from 'kysely';
export type X = Kysely;
