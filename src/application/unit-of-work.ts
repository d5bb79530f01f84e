import type { ServiceTokenRepository } from '../domain/access/service-token-repository.ts';
import type { KeysInTransaction } from '../domain/idempotency/kept-answers.ts';
import type { ExternalServiceRepository } from '../domain/external-service/external-service-repository.ts';
import type { WebhookConfigRepository } from '../domain/webhook/webhook-config-repository.ts';
import type { Either } from '../domain/shared/fp.ts';
import type { IntegrationEvent } from '../domain/shared/integration-event.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';

/**
 * What a command may use inside its transaction: repositories bound to the tenant, idempotency keys, and the outbox.
 */
export type Transaction = {
  readonly services: ExternalServiceRepository;
  readonly tokens: ServiceTokenRepository;
  readonly webhooks: WebhookConfigRepository;
  readonly keys: KeysInTransaction;
  readonly events: { readonly add: (event: IntegrationEvent) => void };
};

/**
 * Runs a command in one transaction. Commits on right, rolls back on left and on throw. The tenant of `ctx` is set for
 * row-level security. Rejects when the database is unavailable.
 */
export type UnitOfWork = {
  readonly run: <E, A>(
    ctx: TenantContext,
    work: (tx: Transaction) => Promise<Either<E, A>>,
  ) => Promise<Either<E, A>>;
};
