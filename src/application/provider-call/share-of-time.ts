import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { Call } from './call.ts';
import type { Operation } from './operation.ts';

/** While other providers could still be asked, one may use this share of the time left. */
const SHARE_OF_TIME_LEFT = 0.6;
/** Milliseconds reserved for providers behind it that answer within this process, without a network. */
const TIME_IN_PROCESS_MS = 100;

/**
 * Of the `leftMs` that a call has left, the milliseconds in which this service may be asked. Services behind it in the
 * plan need time as well: a remote one its share, one in this process a moment.
 */
export const shareOfTime = <Req, Res>(
  leftMs: number,
  { endpoint }: Pick<Operation<Req, Res>, 'endpoint'>,
  { plan: { services }, request }: Pick<Call<Req>, 'plan' | 'request'>,
  { id }: Pick<ExternalService, 'id'>,
): number => {
  const behind = services.slice(services.findIndex((one) => one.id === id) + 1);
  if (behind.length === 0) return leftMs;
  const share = leftMs * SHARE_OF_TIME_LEFT;
  const areInProcess = behind.every(({ provider }) => endpoint(provider, request) === undefined);
  return areInProcess ? Math.max(share, leftMs - TIME_IN_PROCESS_MS) : share;
};
