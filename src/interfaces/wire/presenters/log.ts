import * as t from 'io-ts';
import type { CostRow, LogSummaryRow } from '../../../domain/audit/call-log-reader.ts';
import { callStatuses, type CallRecord } from '../../../domain/audit/call-record.ts';
import { right } from '../../../domain/shared/fp.ts';
import { component, described, leaf, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { integer, oneOf } from '../codecs/values.ts';
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

const anyJson = (description: string) => leaf<unknown>({ description }, right);

const KEPT = 'Without secrets, at most 16 KiB; a longer one is kept as `truncated` and its `beginning`.';

export const logAnswer = component(
  'CallLog',
  answerObject(
    {
      id: described('Id of the call, as in `log_id` and `X-Integration-Log-Id` of its answer.', uuidAnswer),
      management_company_id: described('The tenant.', t.string),
      actor_id: described('The caller: the id of a service token or the `sub` of a JWT.', t.string),
      request_id: described('As in `X-Request-Id` of its request.', t.string),
      service_id: described(
        'The service that answered or was asked last; null if there was no service.',
        uuidOrNull,
      ),
      service_name: described(
        'Name of that service; if there was none, the requested service type.',
        t.string,
      ),
      operation: described('Such as `geocode` or `sheets_read`.', t.string),
      endpoint: described(
        'Path at the provider, without the query; null for a cache hit and where there is none.',
        textOrNull,
      ),
      http_method: described('HTTP method at the provider; null where `endpoint` is null.', textOrNull),
      request_headers: anyJson('Request headers that changed how the call was made; null: none.'),
      request_body: anyJson(`The request. ${KEPT}`),
      response_status_code: described(
        '200 if the call was answered; otherwise the status of the answer in which the provider reported the failure, which may also be 200; null if it sent none.',
        nullable(integerAnswer),
      ),
      response_body: anyJson(
        `The answer, as far as the licence permits storing it; for an answer from the cache, its key and age; null if there was no answer. ${KEPT}`,
      ),
      started_at: described('When the call began.', timeAnswer),
      completed_at: described('When its outcome was known.', timeAnswer),
      duration_ms: described('Milliseconds between `started_at` and `completed_at`.', integerAnswer),
      status: described(
        '`no_match`: an answer, not an error; `rate_limited`: a quota was used up; `rejected`: the request was invalid, or only a cached answer was accepted and there was none.',
        oneOf(callStatuses),
      ),
      error_message: described('Why the call failed; null if it did not.', textOrNull),
      retry_count: described('Requests to providers beyond the first one to each.', integerAnswer),
      estimated_cost: described(
        'Cost of its provider calls, by the prices configured for the services.',
        moneyAnswer,
      ),
      cache_status: described(
        '`none`: the call failed. Other values as in `meta.cache` of its answer.',
        oneOf(['hit', 'miss', 'stale', 'bypass', 'none']),
      ),
      cache_key: described('Cache key of the answer; null if the call failed or has no key.', textOrNull),
      attempts: described(
        'Providers that were asked or skipped, in this order.',
        t.readonlyArray(attemptAnswer),
      ),
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

const group = described(
  'The service name, operation or status, or the start of the hour or day in UTC.',
  t.string,
);
const milliseconds = integer(0, Number.MAX_SAFE_INTEGER);

export const summaryAnswer = component(
  'LogSummary',
  answerObject(
    {
      group,
      calls: described('Calls in the group.', integerAnswer),
      errors: described(
        'Calls that failed or were refused; empty and stale answers are not errors.',
        integerAnswer,
      ),
      cache_hits: described('Calls answered from the cache with a fresh answer.', integerAnswer),
      p50_ms: described('Median duration of the calls, in milliseconds.', milliseconds),
      p95_ms: described('95th percentile of the duration of the calls, in milliseconds.', milliseconds),
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
  answerObject(
    {
      group,
      calls: described(
        'Calls in the group; a call that paid two services is counted under each.',
        integerAnswer,
      ),
      cost: described('Total cost of these calls.', moneyAnswer),
    },
    {},
  ),
);
export const costOf = (row: CostRow): t.TypeOf<typeof costAnswer> => ({
  group: row.group,
  calls: row.calls,
  cost: moneyOf({ micros: row.costMicros, currency: row.currency }),
});
