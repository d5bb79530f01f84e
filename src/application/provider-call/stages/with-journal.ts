import type { CallJournal } from '../../../domain/audit/call-journal.ts';
import type { CallRecord } from '../../../domain/audit/call-record.ts';
import { cacheKey } from '../../../domain/cache/cache-key.ts';
import type { ProviderPlan } from '../../../domain/external-service/plan-for.ts';
import type { Clock, IdSource } from '../../../domain/shared/clock.ts';
import { isLeft, isRight, left } from '../../../domain/shared/fp.ts';
import type { TenantContext } from '../../../domain/shared/tenant-context.ts';
import type { Telemetry } from '../../telemetry.ts';
import { newLedger } from '../call-ledger.ts';
import type { Call } from '../call.ts';
import type { CallEnd, FailedEnd } from '../call-end.ts';
import type { ProviderCall } from '../stage.ts';
import { callEvents } from '../call-events.ts';
import { callRecordOf, type Finished } from '../call-record-of.ts';
import { statusOf } from '../call-status.ts';
import type { Operation } from '../operation.ts';
import type { CompletedCall, OperationRequest } from '../complete-operation.ts';
import { completedCall } from '../completed-call.ts';

type Deps = {
  readonly journal: CallJournal;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly telemetry: Telemetry;
  readonly maxDeadlineMs: number;
};

/**
 * The outermost stage: creates the ledger, runs the call, and answers only after its audit row and events are
 * committed, whatever the outcome; exceptions too propagate only then. If the trail cannot be written it throws, so the
 * caller gets 503 instead of an unaudited answer; where that is known in advance, before any provider is asked.
 */
export const withJournal =
  (deps: Deps) =>
  <Req, Res>(operation: Operation<Req, Res>, next: ProviderCall<Req, Res>) =>
  async ({ ctx, request, options }: OperationRequest<Req>, plan: ProviderPlan): CompletedCall<Res> => {
    const { journal, clock, ids, maxDeadlineMs } = deps;
    const refusal = journal.refusal();
    if (refusal !== undefined) throw refusal;
    const ledger = newLedger(ids.uuid());
    const startedAt = clock.now();
    const started = clock.monotonic();
    const deadlineAt = started + Math.min(options.deadlineMs ?? maxDeadlineMs, maxDeadlineMs);
    const times = { startedAt: started, deadlineAt };
    const asked = { ctx, plan, request, options, cacheKey: keyOf(operation, ctx, request) };
    const call: Call<Req> = { ...asked, ledger, ...times, signal: undefined };
    let result: Awaited<ReturnType<typeof next>>;
    try {
      result = await next(call);
    } catch (error) {
      // A failure of the trail is logged where it happens; what must propagate here is the original exception.
      await committed(deps, { call, operation, result: INTERNAL, startedAt }).catch(() => undefined);
      throw error;
    }
    const { estimatedCost } = await committed(deps, { call, operation, result, startedAt });
    return completedCall(operation, call, result, estimatedCost);
  };

const INTERNAL = left({ kind: 'internal' } as const);

/** Resolves when the call is committed to the trail and counted in the metrics. */
const committed = async <Req, Res>(
  { journal, clock, ids, telemetry }: Deps,
  ended: Omit<Finished<Req, Res>, 'durationMs'>,
): Promise<CallRecord> => {
  const { timings } = ended.call.ledger;
  const beforeJournal = clock.monotonic();
  const finished = { ...ended, durationMs: Math.round(beforeJournal - ended.call.startedAt) };
  const record = callRecordOf(finished);
  await journal.append({ record, events: callEvents(record, finished, ids) });
  const now = clock.monotonic();
  timings.journal = now - beforeJournal;
  timings.total = now - ended.call.startedAt;
  report(telemetry, ended);
  return record;
};

/** Computed once, because four stages need it. */
const keyOf = <Req, Res>(
  { name, cacheFields }: Operation<Req, Res>,
  { tenantId }: TenantContext,
  request: Req,
): string | undefined => {
  const fields = cacheFields(request);
  return fields && cacheKey(tenantId, name, fields);
};

const report = <Req, Res>(
  telemetry: Telemetry,
  { call, operation, result }: Pick<Finished<Req, Res>, 'call' | 'operation' | 'result'>,
): void => {
  const service = isRight(result)
    ? result.right.service.provider
    : (call.plan.services[0]?.provider ?? 'none');
  telemetry.callFinished({
    service,
    operation: operation.name,
    status: statusOf(result, operation),
    durationMs: call.ledger.timings.total,
    isUnknown: isLeft(result) && isOutcomeUnknown(result.left),
  });
  if (wasLookedUp(call, result)) {
    const hit = isRight(result) && result.right.cache.status === 'hit';
    telemetry.cacheLookup({ service, operation: operation.name, hit });
  }
};

/**
 * Whether the metric of cache lookups counts this call; a call whose providers failed counts too. Without any service
 * that could be asked there is no provider to attribute the miss to.
 */
const wasLookedUp = <Req, Res>(
  { cacheKey, options: { cache }, plan }: Call<Req>,
  result: CallEnd<Res>,
): boolean => {
  if (isRight(result)) return result.right.cache.status !== 'bypass';
  return cacheKey !== undefined && (!cache.noStore || cache.onlyIfCached) && plan.services.length > 0;
};

/** The caller was told that the outcome is unknown, whatever a later repeat finds out. */
const isOutcomeUnknown = (error: FailedEnd): boolean =>
  error.kind === 'call-failed' && error.error.kind === 'outcome-unknown';
