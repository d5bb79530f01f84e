import * as t from 'io-ts';
import {
  cacheWordOf,
  type CacheReport,
  type CallReport,
} from '../../../application/provider-call/call-report.ts';
import type { Attempt } from '../../../domain/provider/provider-error.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { asBytes } from '../reply.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import { formatMicros } from '../../../domain/shared/money.ts';
import { integerAnswer, moneyAnswer, moneyOf, textOrNull, uuidAnswer } from './times-and-money.ts';

const OUTCOME =
  '`ok`: it answered. `poor-match`, `no-match`: it answered, but the next provider may know better. `breaker-open`: it was skipped because its circuit breaker is open. Any other value: why it did not answer.';

export const attemptAnswer = component(
  'Attempt',
  answerObject(
    {
      provider: described('The adapter, such as `google_maps`.', t.string),
      service_name: described('The service of the tenant.', t.string),
      outcome: described(
        OUTCOME,
        oneOf([
          'ok',
          'poor-match',
          'no-match',
          'quota-exceeded',
          'provider-unavailable',
          'breaker-open',
          'provider-timeout',
          'credentials-rejected',
          'request-rejected',
          'resource-not-found',
          'outcome-unknown',
          'answer-not-understood',
          'not-supported',
        ]),
      ),
      duration_ms: described('Milliseconds that this attempt took, including its retries.', integerAnswer),
    },
    {
      message: described('Why it returned no answer; never contains a key or a token.', t.string),
      status_code: described(
        'HTTP status of the answer in which the provider said so; omitted if it sent none.',
        integerAnswer,
      ),
    },
  ),
);
type AttemptAnswer = t.TypeOf<typeof attemptAnswer>;

export const attemptOf = (attempt: Attempt): AttemptAnswer => ({
  provider: attempt.provider,
  service_name: attempt.serviceName,
  outcome: attempt.outcome,
  duration_ms: Math.round(attempt.durationMs),
  ...(attempt.message === undefined ? {} : { message: attempt.message }),
  ...(attempt.status === undefined ? {} : { status_code: attempt.status }),
});

const cacheAnswer = answerObject(
  {
    status: described(
      '`hit`: from the cache, and fresh unless `max-stale` allows otherwise. `stale`: from the cache, no longer fresh, because every provider failed. `miss`: a provider was asked. `bypass`: the cache was bypassed although the answer could be cached.',
      oneOf(['hit', 'stale', 'miss', 'bypass']),
    ),
    layer: described(
      '`l1`: memory or Redis; `l2`: PostgreSQL; null when it is not from the cache.',
      nullable(oneOf(['l1', 'l2'])),
    ),
    age_seconds: described(
      'Seconds since the provider was asked; null when it is not from the cache.',
      nullable(integerAnswer),
    ),
  },
  {},
);

const cacheOf = (cache: CacheReport): t.TypeOf<typeof cacheAnswer> =>
  cache.status === 'hit' || cache.status === 'stale'
    ? { status: cache.status, layer: cache.layer, age_seconds: cache.ageSeconds }
    : { status: cacheWordOf(cache), layer: null, age_seconds: null };

/** How the answer of an integration call came about; the headers say the same. */
export const metaAnswer = component(
  'CallMeta',
  answerObject(
    {
      provider: described('The provider that answered; null if none did.', textOrNull),
      cache: described('Whether the answer is from the cache.', cacheAnswer),
      attempts: described(
        'Providers that were asked or skipped, in this order; empty if none was needed.',
        t.readonlyArray(attemptAnswer),
      ),
      cost: described('Cost of the provider calls; 0 if no provider was asked.', moneyAnswer),
      log_id: described('Id of the call in the trail: `GET /logs/{id}`.', uuidAnswer),
      attribution: described('Attribution to be shown with the data; null if none is required.', textOrNull),
      request_id: described('As in `X-Request-Id`.', t.string),
    },
    {},
  ),
);
export type CallMeta = t.TypeOf<typeof metaAnswer>;

export const metaOf = (report: CallReport, attribution: string | null, requestId: string): CallMeta => ({
  provider: report.provider ?? null,
  cache: cacheOf(report.cache),
  attempts: report.attempts.map(attemptOf),
  cost: moneyOf(report.cost),
  log_id: report.logId,
  attribution,
  request_id: requestId,
});

/**
 * The members of `metaOf` without the attribution, as JSON text in bytes (`asBytes`). Written by hand because every
 * cached answer needs it; a test holds it equal to `metaOf`.
 */
export const metaMembersBytes = (report: CallReport, requestId: string): string => {
  const { cache, cost, attempts } = report;
  const found = cache.status === 'hit' || cache.status === 'stale';
  const asked = attempts.length === 0 ? '[]' : asBytes(JSON.stringify(attempts.map(attemptOf)));
  return (
    `"provider":${report.provider === undefined ? 'null' : quoted(report.provider)},` +
    `"cache":{"status":"${cacheWordOf(cache)}","layer":${found ? `"${cache.layer}"` : 'null'},` +
    `"age_seconds":${found ? cache.ageSeconds : 'null'}},"attempts":${asked},` +
    `"cost":{"amount":"${formatMicros(cost.micros)}","currency":${quoted(cost.currency)}},` +
    `"log_id":${quoted(report.logId)},"request_id":${quoted(requestId)}`
  );
};

const quoted = (text: string): string =>
  /^[\w.-]*$/.test(text) ? `"${text}"` : asBytes(JSON.stringify(text));
