import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { isLeft, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { AccountQuota } from './account-quota.ts';
import type { Call } from '../call.ts';
import type { CallQuota } from '../leave.ts';
import { NOTHING_SCARCE } from './line-ticket.ts';
import type { Operation } from '../operation.ts';
import type { OwnQuota } from './own-quota.ts';

/** Binds the quota operations of `Leave` to one call to one service. */
export const callQuota = <Req>(
  { own, account }: { readonly own: OwnQuota; readonly account: AccountQuota },
  { account: kind }: Pick<Operation<Req, never>, 'account'>,
  call: Call<Req>,
  service: ExternalService,
): CallQuota => {
  const noted = async <E, A>(paying: AsyncResult<E, A>): AsyncResult<E, A> => {
    const paid = await paying;
    if (!isLeft(paid)) call.ledger.requestsPaid += 1;
    return paid;
  };
  return {
    payAlone: () => noted(own.chargeCallWithReceipt(call, service)),
    payCaller: (withCall) =>
      withCall ? noted(own.chargeCall(call, service)) : own.chargeTenant(call, service),
    payCall: () => noted(own.chargeService(call, service)),
    standFor: () => void (call.ledger.requestsPaid += 1),
    tellOf: () => void (call.ledger.requestsTold += 1),
    place: async (wish) =>
      kind === undefined ? wish.charge() : account.take(call, service, { ...wish, kind }),
    hopeless: (waitMs) => kind && account.hopeless(call, service, kind, waitMs),
    expect: () => (kind === undefined ? NOTHING_SCARCE : account.expect(service, kind)),
  };
};
