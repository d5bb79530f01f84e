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
 * `asOf`: monotonic milliseconds of the state. `loading`: a request to the limiter in progress. `version`: that of the
 * service whose limits these are.
 */
type Known = {
  windows: Windows;
  asOf: number;
  loading: Promise<Windows> | undefined;
  readonly version: number;
};

export type KnownWindows = {
  /**
   * The windows in which a call to the service would be counted. Synchronous unless nothing recent is known. Never
   * rejects.
   */
  readonly of: (service: ExternalService) => Windows | Promise<Windows>;
  /** Records the windows that a call has just been told when it took from them. */
  readonly note: (service: ExternalService, windows: Windows) => void;
};

/**
 * The limiter may be across the network, so a state older than this is refreshed in the background, after the answer.
 */
const REFRESH_MS = 250;
/** A state older than this is refreshed before the answer. */
const OLDEST_MS = 5_000;
/** Beyond this number the least recently used service is forgotten. */
const MOST_SERVICES = 10_000;

/** A cache of the last known quota windows per service, for answers that take nothing from them. */
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
      // If a call has taken something meanwhile, `note` has replaced this entry, and this assignment has no effect.
      known.windows = await limiter.peek([...ofTenant, serviceSubject(service)]);
    } catch {
      // Calls that need the limiter report that it is unavailable; here an older state is shown, or none.
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
      // A call that began before the service was changed reports limits that no longer apply.
      if (found !== undefined && found.version > service.version) return;
      put(service.id, { ...nothingOf(service), windows, asOf: clock.monotonic() });
    },
  };
};

/** The limits were changed since. */
const isOutdated = ({ version }: Known, service: ExternalService): boolean => version < service.version;

const nothingOf = ({ version }: ExternalService): Known => ({
  windows: [],
  asOf: Number.NEGATIVE_INFINITY,
  loading: undefined,
  version,
});
