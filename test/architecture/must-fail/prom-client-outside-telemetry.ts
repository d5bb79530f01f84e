// as src/infrastructure/postgres/x.ts: prom-client belongs to src/infrastructure/telemetry/ alone
import type { Counter } from 'prom-client';
export type X = Counter;
