import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { WindowState } from '../../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { putLast } from '../../../domain/shared/put-last.ts';
import { serviceSubject, tenantSubject, type TenantLimits } from './own-quota.ts';

type Deps = {
  readonly limiter: Pick<RateLimiter, 'peek'>;
  readonly tenantLimits: TenantLimits;
  readonly clock: Pick<Clock, 'monotonic'>;
};
type Windows = readonly WindowState[];
/**
 * `asOf`: monotonic milliseconds. `loading`: settles once the limiter has told where the windows stand. `version`: of
 * the service, whose limits they are.
 */
type Known = {
  windows: Windows;
  asOf: number;
  loading: Promise<Windows> | undefined;
  readonly version: number;
};

export type KnownWindows = {
  /** Where a call to the service would be counted: at once, unless that is not known or long ago. Never rejects. */
  readonly of: (service: ExternalService) => Windows | Promise<Windows>;
  /** What a call that took from the service's windows has just been told. */
  readonly note: (service: ExternalService, windows: Windows) => void;
};

/** The limiter may be a network away. Older than this, it is asked again behind the answer, … */
const REFRESH_MS = 250;
/** … and older than this, before it. */
const OLDEST_MS = 5_000;
/** Services nobody calls any more are forgotten first. */
const MOST_SERVICES = 10_000;

/** The windows of services as this process saw them last, for answers that take nothing from them. */
export const knownWindows = ({ limiter, tenantLimits, clock }: Deps): KnownWindows => {
  const services = new Map<string, Known>();

  const put = (id: string, known: Known): Known => {
    putLast(services, id, known, MOST_SERVICES);
    return known;
  };

  const load = async (service: ExternalService, known: Known): Promise<Windows> => {
    const own = tenantLimits[service.serviceType];
    const ofTenant = own === undefined ? [] : [tenantSubject(service, own)];
    const asked = clock.monotonic();
    try {
      // If a call has taken something meanwhile, `note` has replaced this entry, and nobody sees what is set here.
      known.windows = await limiter.peek([...ofTenant, serviceSubject(service)]);
    } catch {
      // That the limiter is away is told where calls are refused; here an older state is shown, or none.
    }
    known.asOf = asked;
    known.loading = undefined;
    return known.windows;
  };

  return {
    of: (service) => {
      const found = services.get(service.id);
      const known =
        found === undefined || isOutdated(found, service) ? put(service.id, nothingOf(service)) : found;
      const age = clock.monotonic() - known.asOf;
      if (known.loading === undefined && age >= REFRESH_MS) known.loading = load(service, known);
      return age >= OLDEST_MS && known.loading !== undefined ? known.loading : known.windows;
    },
    note: (service, windows) => {
      const found = services.get(service.id);
      // A call that began before the service was changed tells of limits that it has no more.
      if (found !== undefined && found.version > service.version) return;
      put(service.id, { ...nothingOf(service), windows, asOf: clock.monotonic() });
    },
  };
};

/** Limits that were raised, lowered or taken away since. */
const isOutdated = ({ version }: Known, service: ExternalService): boolean => version < service.version;

const nothingOf = ({ version }: ExternalService): Known => ({
  windows: [],
  asOf: Number.NEGATIVE_INFINITY,
  loading: undefined,
  version,
});
