import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { CallError, ProviderError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { Operation } from './operation.ts';
import type { Call, Served } from './call.ts';

/** The one shape of a call; each cross-cutting concern is a stage (decorator) around it. */
export type ProviderCall<Req, Res> = (call: Call<Req>) => AsyncResult<CallError, Served<Res>>;
export type Stage = <Req, Res>(
  operation: Operation<Req, Res>,
  next: ProviderCall<Req, Res>,
) => ProviderCall<Req, Res>;

/** The same shape one level below: the call to one service, chosen by the fallback, so its errors are a provider's. */
export type ServiceCall<Req, Res> = (
  call: Call<Req>,
  service: ExternalService,
) => AsyncResult<ProviderError, Res>;
export type ServiceStage = <Req, Res>(
  operation: Operation<Req, Res>,
  next: ServiceCall<Req, Res>,
) => ServiceCall<Req, Res>;

/** Composes the stages; the first in the list is the outermost. */
export const through = <Req, Res>(
  operation: Operation<Req, Res>,
  stages: readonly Stage[],
  innermost: ProviderCall<Req, Res>,
): ProviderCall<Req, Res> =>
  stages.reduceRight<ProviderCall<Req, Res>>((next, stage) => stage(operation, next), innermost);

export const throughService = <Req, Res>(
  operation: Operation<Req, Res>,
  stages: readonly ServiceStage[],
  innermost: ServiceCall<Req, Res>,
): ServiceCall<Req, Res> =>
  stages.reduceRight<ServiceCall<Req, Res>>((next, stage) => stage(operation, next), innermost);
