import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';

type Deps = { readonly clock: Pick<Clock, 'monotonic'> };

/**
 * Obtains what the provider requires in advance (an access token), and then does the work with the time that is left.
 * Otherwise a slow token endpoint would hold the write lease of a spreadsheet and with it every other writer.
 */
export const prepared = async <A>(
  { clock }: Deps,
  { prepare }: Pick<Spreadsheet, 'prepare'>,
  access: ProviderAccess,
  work: (access: ProviderAccess) => AsyncResult<ProviderError, A>,
): AsyncResult<ProviderError, A> => {
  const endAt = clock.monotonic() + access.timeoutMs;
  const ready = await prepare(access);
  if (isLeft(ready)) return ready;
  return work({ ...access, timeoutMs: Math.max(1, Math.floor(endAt - clock.monotonic())) });
};
