import type {
  GeocodeMatch,
  GeocodeMatches,
  Geocoder,
  GeocodeRequest,
} from '../../src/domain/provider/geocoder.ts';
import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../src/domain/provider/provider-error.ts';
import type { Router } from '../../src/domain/provider/router.ts';
import { left, right, type AsyncResult, type Either } from '../../src/domain/shared/fp.ts';

export type Answer = Either<ProviderError, GeocodeMatches>;
/** The answers to the next calls, in order; the last one is repeated. A function decides by request and access. */
export type Script = Answer | ((request: GeocodeRequest, access: ProviderAccess) => Promise<Answer> | Answer);

export type ScriptedGeocoder = Geocoder &
  Router & {
    readonly says: (...scripts: readonly Script[]) => void;
    readonly calls: readonly { readonly request: GeocodeRequest; readonly access: ProviderAccess }[];
  };

export const aMatch = (changes: Partial<GeocodeMatch> = {}): GeocodeMatch => ({
  formattedAddress: 'Москва, Тверская улица, 13',
  coordinates: { latitude: 55.7617, longitude: 37.609 },
  precision: 'house',
  confidence: 1,
  partialMatch: false,
  components: { countryCode: 'RU', city: 'Москва' },
  ...changes,
});

export const found = (changes: Partial<GeocodeMatch> = {}): Answer =>
  right({ matches: [aMatch(changes)], attribution: 'somebody' });
export const nothing: Answer = right({ matches: [], attribution: 'somebody' });
export const down: Answer = left({ kind: 'provider-unavailable', status: 503, message: 'it said 503' });
export const timedOut: Answer = left({ kind: 'provider-timeout', message: 'no answer in time' });
export const denied: Answer = left({ kind: 'credentials-rejected', message: 'the key was refused' });
export const wrongRequest: Answer = left({
  kind: 'request-rejected',
  message: 'it called the request wrong',
});

/** A provider that gives prepared answers and records the requests. */
export const scriptedGeocoder = (): ScriptedGeocoder => {
  const calls: { request: GeocodeRequest; access: ProviderAccess }[] = [];
  let scripts: readonly Script[] = [found()];
  const next = async (
    request: GeocodeRequest,
    access: ProviderAccess,
  ): AsyncResult<ProviderError, GeocodeMatches> => {
    calls.push({ request, access });
    const [script, ...rest] = scripts;
    if (rest.length > 0) scripts = rest;
    if (script === undefined) return nothing;
    return typeof script === 'function' ? script(request, access) : script;
  };
  return {
    calls,
    says: (...given) => void (scripts = given),
    geocode: (access, request) => next(request, access),
    reverse: (access, { language }) => next({ address: 'reverse', language, limit: 1 }, access),
    route: async () =>
      right({
        found: true,
        distanceMetres: 1_000,
        durationSeconds: 60,
        degraded: false,
        attribution: 'somebody',
      }),
    probe: async () => right({ reachable: true }),
    probeIsFree: true,
  };
};
