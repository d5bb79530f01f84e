import type { Transaction } from '../../../application/unit-of-work.ts';
import type { IntegrationEvent } from '../../../domain/shared/integration-event.ts';
import type { SecretBox } from '../../../domain/shared/secret-box.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { toCloudEvent } from '../../events/cloud-event.ts';
import { keysInTransaction } from '../idempotency/keys-in-transaction.ts';
import type { OrmTransaction } from '../orm-transaction.ts';
import { postgresExternalServiceRepository } from '../services/postgres-external-service-repository.ts';
import { postgresServiceTokenRepository } from '../access/postgres-service-token-repository.ts';
import { postgresWebhookConfigRepository } from '../webhooks/postgres-webhook-config-repository.ts';

/** The repositories that a command writes through. Events are collected in `events` for `storeEvents`. */
export const boundTo = (
  transaction: OrmTransaction,
  tenant: TenantId,
  secretBox: SecretBox,
  events: IntegrationEvent[],
): Transaction => ({
  services: postgresExternalServiceRepository(transaction, tenant),
  tokens: postgresServiceTokenRepository(transaction, tenant),
  webhooks: postgresWebhookConfigRepository(transaction, tenant),
  keys: keysInTransaction(transaction, tenant, secretBox),
  events: { add: (event) => void events.push(event) },
});

export const storeEvents = async (
  { queries }: OrmTransaction,
  tenant: TenantId,
  events: readonly IntegrationEvent[],
): Promise<void> => {
  if (events.length === 0) return;
  await queries
    .insertInto('outbox_messages')
    .values({ management_company_id: tenant, messages: JSON.stringify(events.map(toCloudEvent)) })
    .execute();
};
