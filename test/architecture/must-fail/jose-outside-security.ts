// as src/infrastructure/postgres/x.ts: jose belongs to src/infrastructure/security/ alone
import type { JWK } from 'jose';
export type X = JWK;
