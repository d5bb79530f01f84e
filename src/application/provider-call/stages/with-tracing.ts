import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import type { Span, SpanAttributes, Tracing } from '../../tracing.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { Operation } from '../operation.ts';
import { cacheWordOf, type CallReport } from '../call-report.ts';
import type { CompleteOperation } from '../complete-operation.ts';

type Deps = { readonly tracing: Tracing; readonly clock: Clock };

/** Around the journal: one span per call, with child spans for the cache lookup and the commit of the trail. */
export const withTracing =
  ({ tracing, clock }: Deps) =>
  <Req, Res>(
    operation: Operation<Req, Res>,
    complete: CompleteOperation<Req, Res>,
  ): CompleteOperation<Req, Res> =>
  async ({ ctx, request, options }, plan) => {
    const startedAt = clock.now();
    const span = tracing.start(`integration ${operation.name}`, 'internal', ctx.traceparent, {
      'integration.operation': operation.name,
      'integration.tenant': ctx.tenantId,
    });
    try {
      const inside = { ...ctx, traceparent: span.traceparent };
      const result = await complete({ ctx: inside, request, options }, plan);
      const report = isLeft(result) ? result.left.report : result.right.report;
      addParts(tracing, span, startedAt, report);
      span.end(attributesOf(report), isLeft(result) ? result.left.error.kind : undefined);
      return result;
    } catch (error) {
      span.end({}, 'exception');
      throw error;
    }
  };

/** Spans from the timings of the call: the cache lookup is its first part, the journal commit its last. */
const addParts = (
  tracing: Tracing,
  { traceparent }: Span,
  startedAt: number,
  { cache, timings }: CallReport,
): void => {
  if (cache.status !== 'bypass')
    tracing.add('cache lookup', traceparent, startedAt, startedAt + timings.cache);
  const endedAt = startedAt + timings.total;
  tracing.add('journal commit', traceparent, endedAt - timings.journal, endedAt);
};

const attributesOf = ({ logId, provider, cache, attempts }: CallReport): SpanAttributes => ({
  'integration.log_id': logId,
  'integration.provider': provider,
  'integration.cache': cacheWordOf(cache),
  'integration.attempts': attempts.length,
});

/** The innermost stage: one span per request to a provider, propagated to it as `traceparent`. */
export const withAttemptSpan =
  (tracing: Tracing): ServiceStage =>
  <Req, Res>(operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const span = tracing.start(`${service.provider} ${operation.name}`, 'client', call.ctx.traceparent, {
      'integration.provider': service.provider,
      'integration.service_id': service.id,
    });
    try {
      const result = await next({ ...call, ctx: { ...call.ctx, traceparent: span.traceparent } }, service);
      span.end({}, isLeft(result) ? result.left.kind : undefined);
      return result;
    } catch (error) {
      span.end({}, 'exception');
      throw error;
    }
  };
