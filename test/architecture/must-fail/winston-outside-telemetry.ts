// as src/infrastructure/postgres/x.ts: winston belongs to src/infrastructure/telemetry/ alone
import type { Logger } from 'winston';
export type X = Logger;
