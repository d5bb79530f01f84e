import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import type { WebhookConfigRepository } from '../../src/domain/webhook/webhook-config-repository.ts';
import type {
  PreviousAddress,
  WebhookConfig,
  WebhookSecret,
} from '../../src/domain/webhook/webhook-config.ts';

/** Webhooks of one tenant, in a map shared by all; counters that deliveries update are kept, as in the tables. */
export const memoryWebhookRepository = (
  webhooks: Map<string, WebhookConfig>,
  tenant: TenantId,
  isService: (id: string) => boolean,
): WebhookConfigRepository => {
  const own = (): readonly WebhookConfig[] =>
    [...webhooks.values()].filter(({ tenantId }) => tenantId === tenant);
  const byId = (id: string): WebhookConfig | undefined => own().find((webhook) => webhook.id === id);
  const refusal = (config: WebhookConfig): 'name-taken' | 'source-unknown' | undefined => {
    const named = own().filter(({ name, status }) => name === config.name && status !== 'archived');
    if (config.status !== 'archived' && named.some(({ id }) => id !== config.id)) return 'name-taken';
    const source = config.sourceServiceId;
    return source !== undefined && !isService(source) ? 'source-unknown' : undefined;
  };
  return {
    byId: async (id) => byId(id),
    count: async () => own().length,
    add: async (config) => {
      const refused = refusal(config);
      if (refused !== undefined) return refused;
      if (config.tenantId !== tenant) throw new Error('new row violates row-level security policy');
      webhooks.set(config.id, config);
      return 'added';
    },
    update: async (config, expectedVersion) => {
      const stored = byId(config.id);
      if (stored?.version !== expectedVersion) return 'version-changed';
      const refused = refusal(config);
      if (refused !== undefined) return refused;
      webhooks.set(config.id, { ...config, ...countedIn(stored, config), createdAt: stored.createdAt });
      return 'updated';
    },
    remove: async (id, expectedVersion) => {
      if (byId(id)?.version !== expectedVersion) return 'version-changed';
      webhooks.delete(id);
      return 'removed';
    },
  };
};

/**
 * The fields that a change does not write: counters of deliveries, and of known secrets all but their state and end.
 */
const countedIn = (
  { totals, address, secrets }: WebhookConfig,
  next: WebhookConfig,
): Pick<WebhookConfig, 'totals' | 'address' | 'secrets'> => ({
  totals,
  address: { ...next.address, previous: previousAsUsed(next.address.previous, address.previous) },
  secrets: next.secrets.map((secret) =>
    asStored(
      secret,
      secrets.find(({ id }) => id === secret.id),
    ),
  ),
});

/** An address that differs from the previous one starts counting from zero. */
const previousAsUsed = (
  previous: PreviousAddress | undefined,
  stored: PreviousAddress | undefined,
): PreviousAddress | undefined => {
  if (previous === undefined) return undefined;
  const isKnown = stored?.hash === previous.hash;
  return {
    ...previous,
    uses: isKnown ? stored.uses : 0,
    lastUsedAt: isKnown ? stored.lastUsedAt : undefined,
  };
};

const asStored = (secret: WebhookSecret, stored: WebhookSecret | undefined): WebhookSecret =>
  stored === undefined ? secret : { ...stored, state: secret.state, validUntil: secret.validUntil };
