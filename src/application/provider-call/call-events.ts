import type { CallRecord } from '../../domain/audit/call-record.ts';
import { lastFailed } from '../../domain/provider/provider-error.ts';
import type { IdSource } from '../../domain/shared/clock.ts';
import { isLeft, isRight } from '../../domain/shared/fp.ts';
import type { IntegrationEvent, IntegrationEventType } from '../../domain/shared/integration-event.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import { formatMicros } from '../../domain/shared/money.ts';
import { attemptsBehind, type Finished } from './call-record-of.ts';
import type { FailedEnd } from './call-end.ts';
import type { CallLedger } from './call-ledger.ts';
import type { CacheReport } from './call-report.ts';

type MakeEvent = (type: IntegrationEventType, data: JsonObject) => IntegrationEvent;

/** All events of one call, in the order in which things happened. Their subject is the log id of the call. */
export const callEvents = <Req, Res>(
  record: CallRecord,
  { result, call: { ledger } }: Finished<Req, Res>,
  ids: IdSource,
): readonly IntegrationEvent[] => {
  const event = eventsOf(record, ids);
  const cache = isRight(result) ? result.right.cache : undefined;
  const { missReason, refusals } = ledger;
  const hit = cache?.status === 'hit' ? [event('integration.cache.hit', foundData(record, cache))] : [];
  // A hit with a miss reason was loaded elsewhere while this call asked the providers in vain: it has further
  // events.
  if (hit.length > 0 && missReason === undefined) return hit;
  return [
    ...(missReason === undefined
      ? []
      : [event('integration.cache.miss', { ...aboutOf(record), reason: missReason })]),
    ...refusals.map((refusal) => event('integration.rate_limit.exceeded', exceededData(refusal))),
    ...sentEvents(record, event),
    ...hit,
    ...(cache?.status === 'stale'
      ? [event('integration.cache.hit', { ...foundData(record, cache), stale: true })]
      : []),
    isLeft(result)
      ? event('integration.request.failed', failed(record, kindOf(result.left, ledger)))
      : event('integration.request.completed', finishedData(record)),
  ];
};

const eventsOf = ({ tenantId, id, completedAt, requestId }: CallRecord, ids: IdSource): MakeEvent => {
  const base = { tenantId, subject: id, time: completedAt, correlationId: requestId };
  return (type, data) => ({ ...base, id: ids.uuid(), type, data });
};

const aboutOf = ({ id, serviceName, operation }: CallRecord): JsonObject => ({
  log_id: id,
  service_name: serviceName,
  operation,
});

const foundData = (
  record: CallRecord,
  { layer, ageSeconds }: Extract<CacheReport, { readonly status: 'hit' | 'stale' }>,
): JsonObject => ({ ...aboutOf(record), layer, age_seconds: ageSeconds });

const exceededData = ({ serviceName, window }: CallLedger['refusals'][number]): JsonObject => ({
  service_name: serviceName,
  window_type: window.window,
  limit: window.limit,
  used: window.used,
  resets_at: new Date(window.resetsAt).toISOString(),
});

/** One `request.sent` for each request that left for a provider, retries included. */
const sentEvents = (record: CallRecord, event: MakeEvent): readonly IntegrationEvent[] =>
  record.attempts
    .flatMap(({ serviceName, calls }) => Array.from({ length: calls }, () => serviceName))
    .map((serviceName, index) =>
      event('integration.request.sent', {
        ...aboutOf(record),
        service_name: serviceName,
        attempt: index + 1,
      }),
    );

const finishedData = (record: CallRecord): JsonObject => ({
  ...aboutOf(record),
  duration_ms: record.durationMs,
  status_code: record.responseStatusCode ?? null,
  cost: { amount: formatMicros(record.estimatedCost.micros), currency: record.estimatedCost.currency },
  attempts: record.attempts.map(({ provider, serviceName, outcome, durationMs }) => ({
    provider,
    service_name: serviceName,
    outcome,
    duration_ms: durationMs,
  })),
});

const kindOf = (error: FailedEnd, ledger: CallLedger): string =>
  error.kind === 'internal' ? error.kind : (lastFailed(attemptsBehind(error, ledger))?.outcome ?? error.kind);

const failed = (record: CallRecord, kind: string): JsonObject => ({
  ...finishedData(record),
  error: { kind, message: record.errorMessage ?? kind },
});
