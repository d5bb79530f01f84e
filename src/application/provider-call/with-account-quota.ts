import { isLeft, left } from '../../domain/shared/fp.ts';
import type { AccountQuota } from './account-quota.ts';
import type { ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';

/** Before the tenant's own windows: a call that the account's would refuse takes nothing from them. */
export const withAccountInView =
  (account: AccountQuota | undefined): ServiceStage =>
  <Req, Res>({ account: window }: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
    account === undefined || window === undefined
      ? next
      : async (call, service) => {
          const refused = await account.hopeless(call, service, window);
          return refused === undefined ? next(call, service) : left(refused);
        };

/**
 * Behind the tenant's own windows, whose refusal must take nothing from others who use the same account. Calls that
 * leave together with others' are counted where they leave.
 */
export const withAccountQuota =
  (account: AccountQuota | undefined): ServiceStage =>
  <Req, Res>(
    { account: window, leavesWithOthers }: Operation<Req, Res>,
    next: ServiceCall<Req, Res>,
  ): ServiceCall<Req, Res> =>
    account === undefined || window === undefined || leavesWithOthers === true
      ? next
      : async (call, service) => {
          const taken = await account.take(call, service, window);
          return isLeft(taken) ? taken : next(call, service);
        };
