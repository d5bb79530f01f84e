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

/** `no-handshake`: this webhook agreed on none, so GET is a wrong method. */
export type AnswerHandshake = (
  arrival: Arrival,
) => AsyncResult<
  RefusedDelivery | 'no-handshake',
  { readonly tenantId: TenantId; readonly answer: HandshakeAnswer }
>;

/**
 * A sender that asks by GET, before its first delivery, whether this is the right address. It asks the moment its owner
 * has made or changed the webhook, be it through another replica, and hardly ever again: so the webhook is read anew.
 * Counted and not kept: a GET changes nothing.
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

/** Who has guessed too often learns nothing more. */
const refusalOf = ({ onProbation }: Admitted): DeliveryRefusal =>
  onProbation === undefined
    ? { kind: 'handshake-mismatch' }
    : { kind: 'flooding', retryAfterMs: onProbation };
