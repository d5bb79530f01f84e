import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { AccountQuota, Wish } from './account-quota.ts';
import type { Call } from './call.ts';
import { NOTHING_SCARCE, type ExpectedCall } from './line-ticket.ts';
import type { Operation } from './operation.ts';
import type { OwnQuota, Paid } from './own-quota.ts';

/** What a caller spends whose request leaves in one call with those of others. */
export type CallsAhead = {
  /** A caller whose call leaves alone, against tenant and service. */
  readonly payAlone: () => AsyncResult<ProviderError, Paid>;
  /** This caller against its tenant; once, however often it is asked. `withCall`: and the call, in the same step. */
  readonly payCaller: (withCall: boolean) => AsyncResult<ProviderError, void>;
  /** A call against the service. */
  readonly payCall: () => AsyncResult<ProviderError, void>;
  /** A call of the account, asked of one of its callers. Waits as long as the wish has time, whatever this caller has. */
  readonly place: (wish: PlaceWish) => AsyncResult<ProviderError, void>;
  /** Why this caller need not wait: no place comes in its time, none within `waitMs`; undefined: it may. */
  readonly hopeless: (waitMs: number) => ProviderError | undefined;
  /** Tells the others who call in the name of this account that a call is in the making. */
  readonly expect: () => ExpectedCall;
};
export type PlaceWish = Required<Omit<Wish, 'window' | 'onHeld'>> & Pick<Wish, 'onHeld'>;

export const callsAhead = <Req>(
  { own, account }: { readonly own: OwnQuota; readonly account: AccountQuota },
  { account: window }: Pick<Operation<Req, never>, 'account'>,
  call: Call<Req>,
  service: ExternalService,
): CallsAhead => ({
  payAlone: () => own.ofCallInView(call, service),
  payCaller: (withCall) => (withCall ? own.ofCall(call, service) : own.ofCaller(call, service)),
  payCall: () => own.ofRequest(call, service),
  place: async (wish) =>
    window === undefined ? wish.charge() : account.take(call, service, { ...wish, window }),
  hopeless: (waitMs) => window && account.hopeless(call, service, window, waitMs),
  expect: () => (window === undefined ? NOTHING_SCARCE : account.expect(service, window)),
});
