// as src/infrastructure/redis/x.ts: @mikro-orm/core belongs to src/infrastructure/postgres/ alone
import type { MikroORM } from '@mikro-orm/core';
export type X = MikroORM;
