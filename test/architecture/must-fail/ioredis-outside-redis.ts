// as src/infrastructure/postgres/x.ts: ioredis belongs to src/infrastructure/redis/ alone
import type { Redis } from 'ioredis';
export type X = Redis;
