import type { ExternalServiceReader } from '../../src/domain/external-service/external-service-repository.ts';

/** Of a tenant that has registered none. */
export const noServices: ExternalServiceReader = {
  byId: async () => undefined,
  byName: async () => undefined,
  list: async () => ({ items: [], nextCursor: undefined }),
  activeOf: async () => [],
};
