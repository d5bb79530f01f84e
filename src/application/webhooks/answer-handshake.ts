import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import {
  queryHandshakeAnswer,
  queryHandshakeOf,
  type HandshakeAnswer,
} from '../../domain/webhook/delivery/handshake.ts';
import { admitDelivery, type AdmitDeps } from '../commands/admit-delivery.ts';
import type { Admitted, Arrival } from './admitted.ts';
import type { DeliveryRefusal, RefusedDelivery } from './delivery-refusal.ts';
import { refuseDelivery } from './refuse-delivery.ts';

/** `no-handshake`: this webhook has no handshake by GET, so GET is a wrong method. */
export type AnswerHandshake = (
  arrival: Arrival,
) => AsyncResult<
  RefusedDelivery | 'no-handshake',
  { readonly tenantId: TenantId; readonly answer: HandshakeAnswer }
>;

/**
 * Answers a sender that verifies the address by GET before its first delivery. It does so right after the webhook was
 * created or changed, perhaps through another replica, and seldom again: therefore the webhook is read from the
 * database and not from a cache. The request is counted but not stored, because a GET must not change anything.
 */
export const answerHandshake = (deps: AdmitDeps): AnswerHandshake => {
  const admit = admitDelivery({
    ...deps,
    webhooks: { ...deps.webhooks, byTokenHash: deps.webhooks.byTokenHashNow },
  });
  return async (arrival) => {
    const admitted = await admit(arrival);
    if (isLeft(admitted)) return admitted;
    const { tenantId, sourceService, scheme } = admitted.right.found.config;
    const rule = queryHandshakeOf(scheme);
    if (rule === undefined) return left('no-handshake');
    const answer = queryHandshakeAnswer(rule, arrival.query);
    if (answer === undefined) return left(refuseDelivery(deps, admitted.right, refusalOf(admitted.right)));
    deps.telemetry.answered({ source: sourceService, outcome: 'handshake', reason: undefined });
    return right({ tenantId, answer });
  };
};

/** A sender on probation learns nothing but how long to wait. */
const refusalOf = ({ probationMs }: Admitted): DeliveryRefusal =>
  probationMs === undefined
    ? { kind: 'handshake-mismatch' }
    : { kind: 'flooding', retryAfterMs: probationMs };
