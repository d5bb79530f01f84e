import { createSecretKey, randomBytes } from 'node:crypto';
import type { InvalidationScope } from '../../src/domain/cache/cache-store.ts';
import type { OutboundPolicy } from '../../src/domain/provider/outbound-policy.ts';
import type { ServiceFields } from '../../src/domain/external-service/service-fields.ts';
import { isLeft, left, right, type AsyncResult } from '../../src/domain/shared/fp.ts';
import { aesGcmSecretBox } from '../../src/infrastructure/security/aes-gcm-secret-box.ts';
import { NOON } from './an-external-service.ts';
import { fixedClock } from './fixed-clock.ts';
import { memoryUnitOfWork } from './memory-unit-of-work.ts';
import { sequentialIds } from './sequential-ids.ts';

export const PLANTED_API_KEY = 'PLANTED-api-key-9f3a';
export const PLANTED_CREDENTIALS = JSON.stringify({ private_key: 'PLANTED-private-key-5d' });

/** Refuses every address of `internal.test`. */
const noInternalHosts: OutboundPolicy = {
  check: async (url) =>
    url.includes('internal.test')
      ? left({ kind: 'base-url-refused', detail: 'leads inside' })
      : right(undefined),
};

/** The dependencies of administrative commands, over a unit of work in memory. */
export const commandFixture = () => {
  const unitOfWork = memoryUnitOfWork();
  const clock = fixedClock(NOON);
  const invalidated: string[] = [];
  const purged: (readonly [tenant: string, scope: InvalidationScope])[] = [];
  const secretBox = aesGcmSecretBox({
    keys: [{ id: 'k1', secret: createSecretKey(randomBytes(32)) }],
    randomBytes,
  });
  return {
    unitOfWork,
    clock,
    secretBox,
    invalidated,
    purged,
    deps: {
      unitOfWork,
      clock,
      secretBox,
      outboundPolicy: noInternalHosts,
      ids: sequentialIds(1_000),
      mostPerTenant: 1_000,
      sleep: clock.sleep,
      knownForMs: 1_000,
      longestCallMs: 10_000,
      onNotPurged: (error: unknown) => {
        throw error;
      },
      servicesChanged: (tenant: string) => void invalidated.push(tenant),
      cache: {
        invalidate: async (tenant: string, scope: InvalidationScope) => void purged.push([tenant, scope]),
      },
    },
  };
};

export const someFields = (change: Partial<ServiceFields> = {}): ServiceFields => ({
  serviceName: 'google_maps',
  serviceType: 'geocoding',
  provider: 'google_maps',
  displayName: 'Google Maps',
  baseUrl: undefined,
  apiKey: PLANTED_API_KEY,
  credentials: undefined,
  config: {},
  isActive: true,
  limits: { minute: 60 },
  priority: 100,
  fallbackServiceId: undefined,
  costPerCall: { micros: 5_000, currency: 'USD' },
  ...change,
});

export const answerOf = async <E, A>(result: AsyncResult<E, A>): Promise<A> => {
  const settled = await result;
  if (isLeft(settled)) throw new Error(`refused: ${JSON.stringify(settled.left)}`);
  return settled.right;
};

export const failureOf = async <E, A>(result: AsyncResult<E, A>): Promise<E> => {
  const settled = await result;
  if (!isLeft(settled)) throw new Error(`answered: ${JSON.stringify(settled.right)}`);
  return settled.left;
};

export const pointersOf = (failure: { readonly kind: string }): readonly string[] =>
  'problems' in failure && Array.isArray(failure.problems)
    ? failure.problems.map(({ pointer }: { readonly pointer: string }) => pointer)
    : [failure.kind];
