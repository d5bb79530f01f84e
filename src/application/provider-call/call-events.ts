import type { CallRecord } from '../../domain/audit/call-record.ts';
import type { IdSource } from '../../domain/shared/clock.ts';
import { isLeft, isRight } from '../../domain/shared/fp.ts';
import type { IntegrationEvent, IntegrationEventType } from '../../domain/shared/integration-event.ts';
import type { JsonObject } from '../../domain/shared/json.ts';
import { formatMicros } from '../../domain/shared/money.ts';
import type { Finished } from './call-record-of.ts';

/** Everything a call has to tell the bus, in the order it happened. The subject is the call's log id. */
export const callEvents = <Req, Res>(
  record: CallRecord,
  finished: Finished<Req, Res>,
  ids: IdSource,
): readonly IntegrationEvent[] => {
  const { result, call } = finished;
  const base = {
    tenantId: record.tenantId,
    subject: record.id,
    time: record.completedAt,
    correlationId: record.requestId,
  };
  const event = (type: IntegrationEventType, data: JsonObject): IntegrationEvent => ({
    ...base,
    id: ids.uuid(),
    type,
    data,
  });
  const about = { log_id: record.id, service_name: record.serviceName, operation: record.operation };

  if (isRight(result) && result.right.cache.status === 'hit') {
    const { layer, ageSeconds } = result.right.cache;
    return [event('integration.cache.hit', { ...about, layer, age_seconds: ageSeconds })];
  }
  const events: IntegrationEvent[] = [];
  if (call.ledger.missReason !== undefined)
    events.push(event('integration.cache.miss', { ...about, reason: call.ledger.missReason }));
  for (const { serviceName, window } of call.ledger.refusals) {
    events.push(
      event('integration.rate_limit.exceeded', {
        service_name: serviceName,
        window_type: window.window,
        limit: window.limit,
        used: window.used,
        resets_at: new Date(window.resetsAt).toISOString(),
      }),
    );
  }
  events.push(...sentEvents(record, event));
  if (isRight(result) && result.right.cache.status === 'stale') {
    const { layer, ageSeconds } = result.right.cache;
    events.push(event('integration.cache.hit', { ...about, layer, age_seconds: ageSeconds, stale: true }));
  }
  events.push(
    isLeft(result)
      ? event('integration.request.failed', failed(record, result.left.kind))
      : event('integration.request.completed', finishedData(record)),
  );
  return events;
};

/** One `request.sent` for each call that left, retries included. */
const sentEvents = (
  record: CallRecord,
  event: (type: IntegrationEventType, data: JsonObject) => IntegrationEvent,
): IntegrationEvent[] => {
  let attempt = 0;
  return record.attempts.flatMap(({ serviceName, calls }) =>
    Array.from({ length: calls }, () =>
      event('integration.request.sent', {
        log_id: record.id,
        service_name: serviceName,
        operation: record.operation,
        attempt: ++attempt,
      }),
    ),
  );
};

const finishedData = (record: CallRecord): JsonObject => ({
  log_id: record.id,
  service_name: record.serviceName,
  operation: record.operation,
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

const failed = (record: CallRecord, kind: string): JsonObject => ({
  ...finishedData(record),
  error: { kind: record.attempts.at(-1)?.outcome ?? kind, message: record.errorMessage ?? kind },
});
