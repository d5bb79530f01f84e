import type { ProviderPlan } from '../../../domain/external-service/plan-for.ts';
import { isRight } from '../../../domain/shared/fp.ts';
import type { Call, Served } from '../call.ts';
import type { ProviderCall, Stage } from '../stage.ts';
import type { KnownWindows } from '../quota/known-windows.ts';

/**
 * Outside the cache: a cache hit takes nothing from any quota window, but its answer still shows their last known
 * state. A call that did take something has reported the state itself.
 */
export const withKnownWindows =
  (known: KnownWindows): Stage =>
  <Req, Res>(_operation: unknown, next: ProviderCall<Req, Res>): ProviderCall<Req, Res> =>
  async (call) => {
    const result = await next(call);
    if (isRight(result)) {
      const told = tell(known, call, result.right);
      if (told !== undefined) await told;
    }
    return result;
  };

/** Returns a promise only where nothing is known yet or it is too old; otherwise nobody waits. */
const tell = <Req>(
  known: KnownWindows,
  { ledger, plan }: Call<Req>,
  { service: { id } }: Served<unknown>,
): Promise<void> | undefined => {
  const service = plan.services.find((one) => one.id === id);
  if (service === undefined) return undefined;
  if (ledger.windows.length > 0) {
    known.note(
      service,
      ledger.windows.filter(({ subjectId }) => subjectId === id || !isOtherService(plan, subjectId)),
    );
    return undefined;
  }
  const windows = known.of(service);
  if (!(windows instanceof Promise)) {
    ledger.windows = windows;
    return undefined;
  }
  return windows.then((first) => void (ledger.windows = first));
};

/** After a fallback the ledger holds the windows of every service that was asked. */
const isOtherService = ({ services }: ProviderPlan, subjectId: string): boolean =>
  services.some((service) => service.id === subjectId);
