import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { AccountQuota } from './account-quota.ts';
import type { ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';
import type { OwnQuota } from './own-quota.ts';

/**
 * What a call spends before it leaves. Where an account has a line, our own windows are taken when a place there has
 * come: who waits in vain has spent nothing, and whom they refuse takes no place from others. Calls that leave
 * together with those of others are counted where they leave.
 */
export const withQuota =
  (own: OwnQuota, account: AccountQuota | undefined): ServiceStage =>
  <Req, Res>(operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> => {
    const { account: window, leavesWithOthers } = operation;
    if (leavesWithOthers === true)
      return async (call, service) => {
        const refused = window && account?.hopeless(call, service, window);
        return refused === undefined ? next(call, service) : left(refused);
      };
    const take: ServiceCall<Req, void> =
      window === undefined || account === undefined
        ? own.ofCall
        : (call, service) => {
            const charge = paidOnce(() => own.ofCall(call, service));
            return account.take(call, service, { window, charge });
          };
    return async (call, service) => {
      const taken = await take(call, service);
      return isLeft(taken) ? taken : next(call, service);
    };
  };

/** Whoever was called up and found the place taken is called again. */
const paidOnce = <E>(pay: () => AsyncResult<E, void>): (() => AsyncResult<E, void>) => {
  let isPaid = false;
  return async () => {
    if (isPaid) return right(undefined);
    const paid = await pay();
    isPaid = !isLeft(paid);
    return paid;
  };
};
