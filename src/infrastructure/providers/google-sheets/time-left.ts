import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { Clock } from '../../../domain/shared/clock.ts';

/** The same access with the time that is left, for work of several calls. Never less than a millisecond. */
export const timeLeft = (
  { monotonic }: Pick<Clock, 'monotonic'>,
  access: ProviderAccess,
): (() => ProviderAccess) => {
  const end = monotonic() + access.timeoutMs;
  return () => ({ ...access, timeoutMs: Math.max(1, end - monotonic()) });
};
