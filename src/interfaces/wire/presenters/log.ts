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

const KEPT = 'Without secrets, at most 16 KiB; a longer one as `truncated` and its `beginning`.';

export const logAnswer = component(
  'CallLog',
  answerObject(
    {
      id: described('As `log_id` and `X-Integration-Log-Id` of its answer.', uuidAnswer),
      management_company_id: described('The tenant.', t.string),
      actor_id: described('Who asked: the id of a service token or the `sub` of a JWT.', t.string),
      request_id: described('As in `X-Request-Id` of its request.', t.string),
      service_id: described('Who answered, or was asked last; null: no service was there.', uuidOrNull),
      service_name: described('Its name; without one the type that was looked for.', t.string),
      operation: described('Such as `geocode` or `sheets_read`.', t.string),
      endpoint: described(
        'Path at the provider without its query; null for a hit and where there is none.',
        textOrNull,
      ),
      http_method: described('Method at the provider; null as `endpoint` is.', textOrNull),
      request_headers: anyJson('Those that changed how the call was made; null: none.'),
      request_body: anyJson(`What was asked. ${KEPT}`),
      response_status_code: described(
        '200 when it was answered; else that of the answer in which the provider said why not, which may be 200, too; null when it sent none.',
        nullable(integerAnswer),
      ),
      response_body: anyJson(
        `What was answered, as far as the licence lets it be saved; of an answer from the cache its key and age; null when none was. ${KEPT}`,
      ),
      started_at: described('When it began.', timeAnswer),
      completed_at: described('When its outcome was known.', timeAnswer),
      duration_ms: described('Milliseconds between the two.', integerAnswer),
      status: described(
        '`no_match` is an answer; `rate_limited`: a quota was used up; `rejected`: the request was wrong, or only a cached answer was wanted and there was none.',
        oneOf(callStatuses),
      ),
      error_message: described('Why it failed; null when it did not.', textOrNull),
      retry_count: described('Calls to providers beyond the first to each.', integerAnswer),
      estimated_cost: described('What its providers are paid, by the prices of the services.', moneyAnswer),
      cache_status: described(
        '`none`: it failed. The others as in `meta.cache` of its answer.',
        oneOf(['hit', 'miss', 'stale', 'bypass', 'none']),
      ),
      cache_key: described('Key of the answer in the cache; null when it failed or has none.', textOrNull),
      attempts: described('Providers asked or held back, in this order.', t.readonlyArray(attemptAnswer)),
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
      calls: described('Calls of the group.', integerAnswer),
      errors: described('Of them failed or refused; an empty and a stale answer are answers.', integerAnswer),
      cache_hits: described('Of them answered from the cache, fresh.', integerAnswer),
      p50_ms: described('Milliseconds that half of them took at most.', milliseconds),
      p95_ms: described('Milliseconds that 95 of a hundred took at most.', milliseconds),
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
      calls: described('Calls of the group; one that paid two services counts under each.', integerAnswer),
      cost: described('What they cost together.', moneyAnswer),
    },
    {},
  ),
);
export const costOf = (row: CostRow): t.TypeOf<typeof costAnswer> => ({
  group: row.group,
  calls: row.calls,
  cost: moneyOf({ micros: row.costMicros, currency: row.currency }),
});
