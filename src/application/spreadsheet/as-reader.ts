import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Leave } from '../provider-call/leave.ts';
import { paidOnce } from '../provider-call/quota/own-quota.ts';
import { prepared } from './prepared.ts';

export type ReaderDeps = { readonly clock: Pick<Clock, 'monotonic'> };

/**
 * Reads within the account's quota. The access token is obtained first: a key file only claims an account, and a caller
 * that gets no token for it must neither use its quota nor hold up its real users.
 */
export const asReader = <A>(
  deps: ReaderDeps,
  spreadsheet: Pick<Spreadsheet, 'prepare'>,
  access: ProviderAccess,
  { quota, timeLeft }: Leave,
  read: (access: ProviderAccess) => AsyncResult<ProviderError, A>,
): AsyncResult<ProviderError, A> =>
  prepared(deps, spreadsheet, access, async (ready) => {
    const charge = paidOnce(quota.payAlone);
    const place = await quota.place({ timeLeft, signal: access.signal, charge: charge.pay });
    if (isLeft(place)) return place;
    try {
      return await read({ ...ready, timeoutMs: Math.max(1, Math.min(ready.timeoutMs, timeLeft())) });
    } finally {
      charge.isOver();
    }
  });
