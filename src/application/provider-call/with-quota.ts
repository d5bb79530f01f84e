import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { AccountQuota } from './account-quota.ts';
import type { ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';
import type { OwnQuota, Paid } from './own-quota.ts';

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
    const take: ServiceCall<Req, Paid> =
      window === undefined || account === undefined
        ? own.ofCallInView
        : async (call, service) => {
            const once = paidOnce(() => own.ofCallInView(call, service));
            const placed = await account.take(call, service, { window, charge: once.pay });
            return isLeft(placed) ? placed : right({ isOver: once.isOver });
          };
    return async (call, service) => {
      const taken = await take(call, service);
      if (isLeft(taken)) return taken;
      try {
        return await next(call, service);
      } finally {
        taken.right.isOver();
      }
    };
  };

/** Whoever was called up and found the place taken is called again. */
const paidOnce = <E>(
  pay: () => AsyncResult<E, Paid>,
): Paid & { readonly pay: () => AsyncResult<E, void> } => {
  let paid: Paid | undefined;
  return {
    pay: async () => {
      if (paid !== undefined) return right(undefined);
      const taken = await pay();
      if (isLeft(taken)) return taken;
      paid = taken.right;
      return right(undefined);
    },
    isOver: () => paid?.isOver(),
  };
};
