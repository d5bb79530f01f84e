// as src/infrastructure/postgres/x.ts: @opentelemetry/api belongs to src/infrastructure/telemetry/ alone
import { trace } from '@opentelemetry/api';
export const x = trace;
