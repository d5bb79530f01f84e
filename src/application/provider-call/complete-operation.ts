import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { CallError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { CallReport } from './call-report.ts';
import type { CallOptions } from './call-options.ts';

export type Answered<Res> = { readonly value: Res; readonly report: CallReport };
export type FailedCall = {
  readonly kind: 'failed-call';
  readonly error: CallError;
  readonly report: CallReport;
};

/** A request with the options its caller gave. */
export type Asked<Req> = { readonly request: Req; readonly options: CallOptions };
export type OperationRequest<Req> = Asked<Req> & { readonly ctx: TenantContext };

export type CompletedCall<Res> = AsyncResult<FailedCall, Answered<Res>>;
/**
 * One operation with all its stages, as use cases call it: from the plan to an answer whose audit row is committed.
 * Rejects when the trail cannot be written.
 */
export type CompleteOperation<Req, Res> = (
  request: OperationRequest<Req>,
  plan: ProviderPlan,
) => CompletedCall<Res>;
