import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { deliveryFacts } from '../../domain/webhook/delivery/delivery-facts.ts';
import type { DeliveryReader } from '../../domain/webhook/delivery/delivery-reader.ts';
import type { DedupeClaim } from '../../domain/webhook/delivery/received-delivery.ts';
import type { RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import { deliveryToKeep } from './delivery-to-keep.ts';
import type { PassedTrial } from './delivery-trial.ts';
import type { ProvenDelivery } from './prove-delivery.ts';

/** No row is written in a dry run, so there is no id. */
const NO_ID = '';

/** How an authentic delivery would be stored, and which earlier delivery it would repeat. */
export const passedTrial = async (
  deliveries: Pick<DeliveryReader, 'claimedBy'>,
  tenantId: TenantId,
  proven: ProvenDelivery,
  raw: RawDelivery,
): Promise<PassedTrial> => {
  const { admitted, authentic } = proven;
  const { config } = admitted.found;
  const facts = deliveryFacts(config.sourceService, config.scheme, authentic.level, raw);
  const { delivery, state, claim, bodyClaim } = deliveryToKeep(NO_ID, proven, raw, facts, false);
  const at = raw.receivedAt.getTime();
  const holderOf = async (asked: DedupeClaim | undefined, isFiltered: boolean): Promise<string | undefined> =>
    asked && (await deliveries.claimedBy(tenantId, config.id, { keyHash: asked.keyHash, at, isFiltered }));
  const [firstId, sameKey, sameBody] = await Promise.all([
    holderOf(claim, state === 'filtered'),
    holderOf(claim, true),
    holderOf(bodyClaim, true),
  ]);
  const isSuspect = firstId === undefined && sameBody !== undefined && sameBody !== sameKey;
  return {
    state,
    verification: authentic,
    eventType: facts.eventType,
    externalId: facts.externalId,
    dedupeKey: claim === undefined ? undefined : facts.dedupe.key,
    flags: isSuspect ? [...delivery.flags, 'replay_suspect'] : delivery.flags,
    firstId,
  };
};
