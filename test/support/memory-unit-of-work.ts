import type { Transaction, UnitOfWork } from '../../src/application/unit-of-work.ts';
import type { ServiceToken } from '../../src/domain/access/service-token.ts';
import type { KeptAnswers } from '../../src/domain/idempotency/kept-answers.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import { isLeft, type Either } from '../../src/domain/shared/fp.ts';
import type { IntegrationEvent } from '../../src/domain/shared/integration-event.ts';
import type { Json } from '../../src/domain/shared/json.ts';
import type { TenantContext, TenantId } from '../../src/domain/shared/tenant-context.ts';
import type { WebhookConfig } from '../../src/domain/webhook/webhook-config.ts';
import { toCloudEvent } from '../../src/infrastructure/events/cloud-event.ts';
import { expectDocumented } from './asyncapi.ts';
import { answerFrom, placeOf } from './fake-once.ts';
import { memoryWebhookRepository } from './memory-webhook-repository.ts';

type State = {
  readonly services: Map<string, ExternalService>;
  readonly tokens: Map<string, ServiceToken>;
  readonly webhooks: Map<string, WebhookConfig>;
  readonly events: IntegrationEvent[];
  readonly kept: Map<string, { readonly fingerprint: string; readonly answer: Json }>;
};

export type MemoryUnitOfWork = UnitOfWork & {
  /** The committed state, of all tenants. */
  readonly services: () => readonly ExternalService[];
  readonly service: (id: string) => ExternalService | undefined;
  readonly tokens: () => readonly ServiceToken[];
  readonly webhooks: () => readonly WebhookConfig[];
  readonly events: () => readonly IntegrationEvent[];
  readonly answers: KeptAnswers;
  readonly put: (...services: readonly ExternalService[]) => void;
  /** Awaited at each `begin`; may throw, as when the database is unavailable, or hang. */
  before: () => Promise<void>;
  readonly runs: () => number;
};

/** Runs transactions one after the other on a copy of the state, which replaces the state only on right. */
export const memoryUnitOfWork = (): MemoryUnitOfWork => {
  let state: State = {
    services: new Map(),
    tokens: new Map(),
    webhooks: new Map(),
    events: [],
    kept: new Map(),
  };
  let last: Promise<unknown> = Promise.resolve();
  let runs = 0;

  const transaction = async <E, A>(
    ctx: TenantContext,
    work: (tx: Transaction) => Promise<Either<E, A>>,
  ): Promise<Either<E, A>> => {
    await unit.before();
    const copy: State = structuredClone(state);
    const outcome = await work(transactionOn(copy, ctx.tenantId));
    if (!isLeft(outcome)) state = copy;
    return outcome;
  };

  const unit: MemoryUnitOfWork = {
    before: async () => undefined,
    run: (ctx, work) => {
      runs += 1;
      const mine = last.then(() => transaction(ctx, work));
      last = mine.catch(() => undefined);
      return mine;
    },
    services: () => [...state.services.values()],
    service: (id) => state.services.get(id),
    tokens: () => [...state.tokens.values()],
    webhooks: () => [...state.webhooks.values()],
    events: () => state.events,
    answers: { find: async (tenant, request) => answerFrom(state.kept, tenant, request) },
    put: (...services) => services.forEach((service) => state.services.set(service.id, service)),
    runs: () => runs,
  };
  return unit;
};

const transactionOn = (
  { services, tokens, webhooks, events, kept }: State,
  tenant: TenantId,
): Transaction => {
  const own = (): readonly ExternalService[] =>
    [...services.values()].filter(({ tenantId }) => tenantId === tenant);
  const byId = (id: string): ExternalService | undefined => own().find((service) => service.id === id);
  const isTaken = ({ id, serviceName }: ExternalService): boolean =>
    own().some((other) => other.serviceName === serviceName && other.id !== id);
  const ownOnly = (tenantId: TenantId): void => {
    if (tenantId !== tenant) throw new Error('new row violates row-level security policy');
  };
  return {
    services: {
      byId: async (id) => byId(id),
      count: async () => own().length,
      all: async () => own().toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      add: async (service) => {
        if (isTaken(service)) return 'name-taken';
        ownOnly(service.tenantId);
        services.set(service.id, service);
        return 'added';
      },
      update: async (service, expectedVersion) => {
        const stored = byId(service.id);
        if (stored?.version !== expectedVersion) return 'version-changed';
        if (isTaken(service)) return 'name-taken';
        const { healthStatus, lastHealthCheck, refusedVersion, createdAt } = stored;
        const health = {
          healthStatus,
          lastHealthCheck,
          ...(refusedVersion !== undefined && { refusedVersion }),
        };
        services.set(service.id, { ...service, ...health, createdAt });
        return 'updated';
      },
      remove: async (id, expectedVersion) => {
        if (byId(id)?.version !== expectedVersion) return 'version-changed';
        if (own().some(({ fallbackServiceId }) => fallbackServiceId === id)) return 'referenced';
        services.delete(id);
        return 'removed';
      },
      changeHealth: async (id, from, to, checkedAt, refusal) => {
        const stored = byId(id);
        if (stored?.healthStatus !== from) return false;
        const { refusedVersion, ...plain } = stored;
        const kept = to === 'healthy' ? undefined : (refusal ?? refusedVersion);
        const refused = kept === undefined ? {} : { refusedVersion: kept };
        services.set(id, { ...plain, ...refused, healthStatus: to, lastHealthCheck: checkedAt });
        return true;
      },
    },
    tokens: {
      add: async (token) => {
        ownOnly(token.tenantId);
        tokens.set(token.id, token);
      },
      countUsable: async (at) =>
        [...tokens.values()].filter(
          ({ tenantId, revokedAt, expiresAt }) =>
            tenantId === tenant && revokedAt === undefined && (expiresAt ?? Number.POSITIVE_INFINITY) > at,
        ).length,
      revoke: async (id, at) => {
        const token = tokens.get(id);
        if (token === undefined || token.tenantId !== tenant || token.revokedAt !== undefined) return false;
        tokens.set(id, { ...token, revokedAt: at });
        return true;
      },
    },
    webhooks: memoryWebhookRepository(webhooks, tenant, (id) => byId(id) !== undefined),
    // Transactions run one at a time, so a key is never found claimed by another one.
    keys: {
      claim: async (request) => {
        const known = answerFrom(kept, tenant, request);
        return known.kind === 'unknown' ? { kind: 'claimed' } : known;
      },
      finish: async (request, answer) =>
        void kept.set(placeOf(tenant, request), { fingerprint: request.fingerprint, answer }),
    },
    events: {
      add: (event) => {
        expectDocumented([toCloudEvent(event)]);
        events.push(event);
      },
    },
  };
};
