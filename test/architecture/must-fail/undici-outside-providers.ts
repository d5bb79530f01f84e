// as src/infrastructure/postgres/x.ts: undici belongs to src/infrastructure/providers/ alone
import type { Agent } from 'undici';
export type X = Agent;
