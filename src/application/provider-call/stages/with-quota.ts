import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import type { AccountQuota } from '../quota/account-quota.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { Paid } from '../leave.ts';
import type { Operation } from '../operation.ts';
import { paidOnce, type OwnQuota } from '../quota/own-quota.ts';

/**
 * Takes the quota a call needs before it leaves. Where the provider counts by account, the call first waits in the
 * account's line, and our own windows are charged only when its place has come: a call that waits in vain has spent
 * nothing, and one that our windows refuse takes no place from others. Operations with `paysWhenItLeaves` pay at
 * departure; here they are only refused at once if waiting would be hopeless. An operation that the provider lacks does
 * not leave and costs nothing.
 */
export const withQuota =
  (own: OwnQuota, account: AccountQuota): ServiceStage =>
  <Req, Res>(operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> => {
    const { account: kind, paysWhenItLeaves } = operation;
    if (paysWhenItLeaves === true)
      return async (call, service) => {
        const refused = kind && account.hopeless(call, service, kind);
        return refused === undefined ? next(call, service) : left(refused);
      };
    const { lacks } = operation;
    const take: ServiceCall<Req, Paid> =
      kind === undefined
        ? own.chargeCallWithReceipt
        : async (call, service) => {
            const once = paidOnce(() => own.chargeCallWithReceipt(call, service));
            const placed = await account.take(call, service, { kind, charge: once.pay });
            return isLeft(placed) ? placed : right({ isOver: once.isOver });
          };
    return async (call, service) => {
      if (lacks?.(service.provider) === true) return next(call, service);
      const taken = await take(call, service);
      if (isLeft(taken)) return taken;
      try {
        return await next(call, service);
      } finally {
        taken.right.isOver();
      }
    };
  };
