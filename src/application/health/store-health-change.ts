import type { ExternalService, HealthStatus } from '../../domain/external-service/external-service.ts';
import type { HealthTrack } from '../../domain/external-service/health-rule.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { isLeft, right } from '../../domain/shared/fp.ts';
import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { Transaction, UnitOfWork } from '../unit-of-work.ts';

export type HealthChange = {
  readonly service: ExternalService;
  readonly from: HealthStatus;
  readonly to: HealthStatus;
  readonly refused: boolean;
  readonly reason: string;
  readonly correlationId: string;
};

/**
 * `isOurs`: whether this change was the one stored. `status`: the state of the row now; undefined when the row is gone.
 */
export type StoredHealth = {
  readonly isOurs: boolean;
  readonly status: HealthStatus | undefined;
  readonly asOf: number;
};

type Deps = { readonly unitOfWork: UnitOfWork; readonly clock: Clock; readonly ids: IdSource };

/**
 * Compare-and-set on the row. The event is added only if this transaction changed the state, so that several replicas
 * announce a change once.
 */
export const storeHealthChange = (deps: Deps, change: HealthChange): Promise<StoredHealth> => {
  const { service, from, to, refused } = change;
  const asOf = checkTime(deps.clock, service);
  return inTransaction(deps, change, async (tx) => {
    if (await tx.services.changeHealth(service.id, from, to, asOf, refusal(service, refused))) {
      const event = eventOf(deps.ids, change, asOf);
      if (event !== undefined) tx.events.add(event);
      return { isOurs: true, status: to, asOf };
    }
    const row = await tx.services.byId(service.id);
    return { isOurs: false, status: row?.healthStatus, asOf: row?.lastHealthCheck ?? 0 };
  });
};

/** Records that the service was checked and is still at `status`. */
export const storeHealthCheck = (
  deps: Deps,
  service: ExternalService,
  { status, refused }: Pick<HealthTrack, 'status' | 'refused'>,
  correlationId: string,
): Promise<boolean> =>
  inTransaction(deps, { service, correlationId }, (tx) => {
    const asOf = checkTime(deps.clock, service);
    return tx.services.changeHealth(service.id, status, status, asOf, refusal(service, refused));
  });

const refusal = ({ version }: ExternalService, refused: boolean): number | undefined =>
  refused ? version : undefined;

/**
 * Always later than the stored time, even if the clocks of replicas differ: replicas use it to recognise the newer
 * state.
 */
const checkTime = (clock: Clock, { lastHealthCheck = 0 }: ExternalService): number =>
  Math.max(clock.now(), lastHealthCheck + 1);

const inTransaction = async <A>(
  { unitOfWork }: Deps,
  { service, correlationId }: Pick<HealthChange, 'service' | 'correlationId'>,
  work: (tx: Transaction) => Promise<A>,
): Promise<A> => {
  const outcome = await unitOfWork.run<never, A>(systemContext(service, correlationId), async (tx) =>
    right(await work(tx)),
  );
  return isLeft(outcome) ? outcome.left : outcome.right;
};

const systemContext = (service: ExternalService, correlationId: string): TenantContext => ({
  tenantId: service.tenantId,
  actor: { kind: 'system', id: 'health-monitor', tenants: [service.tenantId], scopes: [] },
  correlationId,
});

const eventOf = (
  ids: IdSource,
  { service, from, to, reason, correlationId }: HealthChange,
  time: number,
): IntegrationEvent | undefined => {
  const type = eventType(from, to);
  return (
    type && {
      id: ids.uuid(),
      type,
      tenantId: service.tenantId,
      subject: service.id,
      time,
      correlationId,
      data: { service_id: service.id, service_name: service.serviceName, from, to, reason },
    }
  );
};

/** The first answer of a new service is not a recovery, because nothing was wrong before. */
const eventType = (from: HealthStatus, to: HealthStatus): IntegrationEvent['type'] | undefined => {
  if (to === 'healthy') return from === 'unknown' ? undefined : 'integration.health.recovered';
  return to === 'unknown' ? undefined : 'integration.health.degraded';
};
