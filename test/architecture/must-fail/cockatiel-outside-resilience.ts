// as src/infrastructure/postgres/x.ts: cockatiel belongs to src/infrastructure/resilience/ alone
import type { CircuitBreakerPolicy } from 'cockatiel';
export type X = CircuitBreakerPolicy;
