import type { ProviderName } from '../external-service/external-service.ts';
import type { JsonObject } from '../shared/json.ts';

export type LicensedOperation = 'geocode' | 'reverse' | 'distance' | 'sheets';

/** How long an answer may live at most, in milliseconds, whatever the configuration says. */
export type LicenceLives = {
  /** Served freely until then. */
  readonly maxFreshMs: number;
  /** Kept at all until then, grace included. Never below `maxFreshMs`. */
  readonly maxKeepMs: number;
  /** False: memory only, never a row or a file. */
  readonly mayPersist: boolean;
};

const MINUTE = 60_000;
const THIRTY_DAYS = 30 * 24 * 60 * MINUTE;

const lives = (milliseconds: number, mayPersist: boolean): LicenceLives => ({
  maxFreshMs: milliseconds,
  maxKeepMs: milliseconds,
  mayPersist,
});

/** Nobody's rule: our own lifetimes decide alone. */
const UNCAPPED = lives(Number.POSITIVE_INFINITY, true);
/**
 * Google Maps service terms: latitude and longitude at most 30 days; texts ride along for the short life we give them.
 */
const GOOGLE_POINTS = lives(THIRTY_DAYS, true);
/** Routes have no such exception: a request and its immediate repeats. */
const GOOGLE_ROUTES = lives(MINUTE, false);
/** Yandex standard licence forbids saving; minutes in memory are the answer under way. */
const YANDEX_STANDARD = lives(5 * MINUTE, false);
const YANDEX_EXTENDED = lives(THIRTY_DAYS, true);

/**
 * The provider's licence as hard caps on the cache. `config.licence` of a Yandex service set to `extended`
 * says that the tenant bought the right to save geocodes; it does not cover routes.
 */
export const licenceLives = (
  provider: ProviderName,
  config: JsonObject,
  operation: LicensedOperation,
): LicenceLives => {
  switch (provider) {
    case 'google_maps':
      return operation === 'distance' ? GOOGLE_ROUTES : GOOGLE_POINTS;
    case 'yandex_maps':
      return operation !== 'distance' && config['licence'] === 'extended' ? YANDEX_EXTENDED : YANDEX_STANDARD;
    case 'gazetteer':
    case 'google_sheets':
    case 'webhook':
      return UNCAPPED;
  }
};
