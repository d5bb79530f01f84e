import * as t from 'io-ts';
import type { CostRow, LogSummaryRow } from '../../../domain/audit/call-log-reader.ts';
import { callStatuses, type CallRecord } from '../../../domain/audit/call-record.ts';
import { right } from '../../../domain/shared/fp.ts';
import { component, leaf, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { numberBetween, oneOf } from '../codecs/values.ts';
import { attemptAnswer, attemptOf } from './call-meta.ts';
import {
  integerAnswer,
  moneyAnswer,
  moneyOf,
  textOrNull,
  timeAnswer,
  timeText,
  uuidAnswer,
  uuidOrNull,
} from './times-and-money.ts';

const anyJson = noted({ description: 'Redacted and capped.' }, leaf<unknown>({}, right));

export const logAnswer = component(
  'CallLog',
  answerObject(
    {
      id: uuidAnswer,
      management_company_id: t.string,
      actor_id: t.string,
      request_id: t.string,
      service_id: uuidOrNull,
      service_name: t.string,
      operation: t.string,
      endpoint: textOrNull,
      http_method: textOrNull,
      request_headers: anyJson,
      request_body: anyJson,
      response_status_code: nullable(integerAnswer),
      response_body: anyJson,
      started_at: timeAnswer,
      completed_at: timeAnswer,
      duration_ms: integerAnswer,
      status: oneOf(callStatuses),
      error_message: textOrNull,
      retry_count: integerAnswer,
      estimated_cost: moneyAnswer,
      cache_status: oneOf(['hit', 'miss', 'stale', 'bypass', 'none']),
      cache_key: textOrNull,
      attempts: t.readonlyArray(attemptAnswer),
    },
    {},
  ),
);

export const logOf = (record: CallRecord): t.TypeOf<typeof logAnswer> => ({
  id: record.id,
  management_company_id: record.tenantId,
  actor_id: record.actorId,
  request_id: record.requestId,
  service_id: record.serviceId ?? null,
  service_name: record.serviceName,
  operation: record.operation,
  endpoint: record.endpoint ?? null,
  http_method: record.httpMethod ?? null,
  request_headers: record.requestHeaders ?? null,
  request_body: record.requestBody ?? null,
  response_status_code: record.responseStatusCode ?? null,
  response_body: record.responseBody ?? null,
  started_at: timeText(record.startedAt),
  completed_at: timeText(record.completedAt),
  duration_ms: Math.round(record.durationMs),
  status: record.status,
  error_message: record.errorMessage ?? null,
  retry_count: record.retryCount,
  estimated_cost: moneyOf(record.estimatedCost),
  cache_status: record.cacheStatus,
  cache_key: record.cacheKey ?? null,
  attempts: record.attempts.map(attemptOf),
});

const group = noted(
  { description: 'The service name, operation or status, or the start of the hour or day.' },
  t.string,
);
const milliseconds = numberBetween(0, Number.MAX_SAFE_INTEGER);

export const summaryAnswer = component(
  'LogSummary',
  answerObject(
    {
      group,
      calls: integerAnswer,
      errors: integerAnswer,
      cache_hits: integerAnswer,
      p50_ms: milliseconds,
      p95_ms: milliseconds,
    },
    {},
  ),
);
export const summaryOf = (row: LogSummaryRow): t.TypeOf<typeof summaryAnswer> => ({
  group: row.group,
  calls: row.calls,
  errors: row.errors,
  cache_hits: row.cacheHits,
  p50_ms: row.p50Ms,
  p95_ms: row.p95Ms,
});

export const costAnswer = component(
  'CostRow',
  answerObject({ group, calls: integerAnswer, cost: moneyAnswer }, {}),
);
export const costOf = (row: CostRow): t.TypeOf<typeof costAnswer> => ({
  group: row.group,
  calls: row.calls,
  cost: moneyOf({ micros: row.costMicros, currency: row.currency }),
});
