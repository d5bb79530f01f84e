import type { CallRecord } from '../../domain/audit/call-record.ts';
import { auditBody } from '../../domain/audit/redaction.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import { lastFailed, type Attempt } from '../../domain/provider/provider-error.ts';
import { isLeft, isRight } from '../../domain/shared/fp.ts';
import type { Json, JsonObject } from '../../domain/shared/json.ts';
import { cacheWordOf } from './call-report.ts';
import { costOf, type CallLedger } from './call-ledger.ts';
import type { Call, Served } from './call.ts';
import type { CallEnd, FailedEnd } from './call-end.ts';
import { messageOf, statusOf } from './call-status.ts';
import type { Operation } from './operation.ts';
import type { CallOptions } from './call-options.ts';
import { mayBeSaved } from './served-lives.ts';

/** A call whose outcome is known and which is about to be recorded. */
export type Finished<Req, Res> = {
  readonly call: Call<Req>;
  readonly operation: Operation<Req, Res>;
  readonly result: CallEnd<Res>;
  readonly startedAt: number;
  readonly durationMs: number;
};

/** Builds the row of the audit trail. A cache hit refers to the cache entry instead of repeating the body. */
export const callRecordOf = <Req, Res>({
  call,
  operation,
  result,
  startedAt,
  durationMs,
}: Finished<Req, Res>): CallRecord => {
  const { ctx, ledger, plan } = call;
  const served = isRight(result) ? result.right : undefined;
  const asked = whoseCall(call, result);
  return {
    id: ledger.logId,
    tenantId: ctx.tenantId,
    actorId: ctx.actor.id,
    requestId: ctx.correlationId,
    ...whoWasAsked(operation, call, served, asked),
    operation: operation.name,
    requestHeaders: headersOf(call.options, ctx.traceparent),
    requestBody: auditBody(operation.auditRequest(call.request)),
    responseStatusCode: responseStatus(result),
    responseBody: served === undefined ? undefined : responseBody(operation, plan, served),
    startedAt,
    completedAt: startedAt + durationMs,
    durationMs,
    status: statusOf(result, operation),
    errorMessage: isLeft(result) ? messageOf(result.left) : undefined,
    retryCount: ledger.attempts.reduce((retries, attempt) => retries + Math.max(0, attempt.calls - 1), 0),
    estimatedCost: costOf(ledger, asked ?? plan.services[0]),
    cacheStatus: served === undefined ? 'none' : cacheWordOf(served.cache),
    cacheKey: served?.cache.key,
    attempts: ledger.attempts,
  };
};

/** The service that answered; for a failure the one that failed last, or would have been asked first. */
const whoseCall = <Req>(
  { ledger, plan: { services } }: Call<Req>,
  result: CallEnd<unknown>,
): ExternalService | undefined => {
  if (isRight(result)) return services.find(({ id }) => id === result.right.service.id);
  const attempt = lastFailed(attemptsBehind(result.left, ledger));
  return services.find(({ id }) => id === attempt?.serviceId) ?? services[0];
};

/** A cache hit has no endpoint, since no provider was called. */
const whoWasAsked = <Req, Res>(
  operation: Operation<Req, Res>,
  call: Call<Req>,
  served: Served<Res> | undefined,
  asked: ExternalService | undefined,
): Pick<CallRecord, 'serviceId' | 'serviceName' | 'endpoint' | 'httpMethod'> => {
  const endpoint =
    served?.cache.status === 'hit' || asked === undefined
      ? undefined
      : operation.endpoint(asked.provider, call.request);
  return {
    serviceId: served?.service.id ?? asked?.id,
    serviceName: served?.service.serviceName ?? asked?.serviceName ?? operation.serviceType,
    endpoint: endpoint?.path,
    httpMethod: endpoint?.httpMethod,
  };
};

/**
 * The attempts that led to a failure. They travel with the error, because a failure shared by equal calls has them in
 * the ledger of one call only.
 */
export const attemptsBehind = (
  error: FailedEnd,
  { attempts }: Pick<CallLedger, 'attempts'>,
): readonly Attempt[] => ('attempts' in error && error.attempts.length > 0 ? error.attempts : attempts);

/** The trail is permanent storage, so it holds no more of an answer than the provider's licence allows to be stored. */
const responseBody = <Req, Res>(
  operation: Operation<Req, Res>,
  plan: ProviderPlan,
  served: Served<Res>,
): Json => {
  const { cache, value } = served;
  if (cache.status === 'hit' || cache.status === 'stale')
    return { cache_key: cache.key, age_seconds: cache.ageSeconds };
  const isSaved = mayBeSaved(operation, plan, served);
  return auditBody(isSaved ? operation.auditResponse(value) : operation.auditOutline(value));
};

/**
 * For a failure, the HTTP status sent by the provider that the row names; undefined when it sent none, or nobody was
 * asked.
 */
const responseStatus = <Res>(result: CallEnd<Res>): number | undefined => {
  if (isRight(result)) return 200;
  switch (result.left.kind) {
    case 'call-failed':
      return result.left.error.status;
    case 'all-providers-failed':
      return lastFailed(result.left.attempts)?.status;
    default:
      return undefined;
  }
};

const maxStale = (seconds: number): string => (seconds === Infinity ? 'max-stale' : `max-stale=${seconds}`);

/** An allow-list of headers: those that influenced the call, never a credential. */
const headersOf = (
  { cache, deadlineMs }: CallOptions,
  traceparent: string | undefined,
): JsonObject | undefined => {
  const directives = [
    cache.noCache && 'no-cache',
    cache.noStore && 'no-store',
    cache.onlyIfCached && 'only-if-cached',
    cache.maxAgeSeconds !== undefined && `max-age=${cache.maxAgeSeconds}`,
    cache.maxStaleSeconds !== undefined && maxStale(cache.maxStaleSeconds),
    cache.minFreshSeconds !== undefined && `min-fresh=${cache.minFreshSeconds}`,
  ].filter((d) => d !== false);
  if (directives.length === 0 && deadlineMs === undefined && traceparent === undefined) return undefined;
  return {
    ...(directives.length > 0 && { 'cache-control': directives.join(', ') }),
    ...(deadlineMs !== undefined && { 'x-request-deadline-ms': deadlineMs }),
    ...(traceparent !== undefined && { traceparent }),
  };
};
