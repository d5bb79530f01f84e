import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { RemoteKeys } from './remote-keys.ts';

const FOUND = { name: 'identity_provider', required: false } as const;

/**
 * Never `down`: sibling services and senders of webhooks are not affected, nor are administrators as long as cached
 * keys are used.
 */
export const identityProviderHealth =
  ({ areLost, areKept }: Pick<RemoteKeys, 'areLost' | 'areKept'>): DependencyCheck =>
  async () => {
    if (!areLost()) return { ...FOUND, status: 'ok' };
    const meanwhile = areKept() ? 'cached ones are used for now' : 'administrators get 503';
    return { ...FOUND, status: 'degraded', detail: `keys cannot be fetched, ${meanwhile}, the log says why` };
  };
