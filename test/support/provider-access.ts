import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import { isLeft, type Either } from '../../src/domain/shared/fp.ts';

export const PLANTED_KEY = 'AIzaPlanted-Key_0123456789abcdefghij';

/** Access for one attempt, with an API key that must not appear in any output. */
export const anAccess = (change: Partial<ProviderAccess> = {}): ProviderAccess => ({
  tenantId: 'uk_company_1' as TenantId,
  serviceId: '0190a0a0-0000-7000-8000-000000000001',
  baseUrl: undefined,
  apiKey: PLANTED_KEY,
  credentials: undefined,
  config: {},
  signal: new AbortController().signal,
  timeoutMs: 5_000,
  ...change,
});

export const answered = <A>(result: Either<unknown, A>): A => {
  if (isLeft(result)) throw new Error(`an answer was expected, not ${JSON.stringify(result.left)}`);
  return result.right;
};

export const refused = <E>(result: Either<E, unknown>): E => {
  if (!isLeft(result)) throw new Error(`a failure was expected, not ${JSON.stringify(result.right)}`);
  return result.left;
};
