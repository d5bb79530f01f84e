import type { ProviderName } from '../external-service/external-service.ts';
import type { JsonObject } from '../shared/json.ts';

export type LicensedOperation = 'geocode' | 'reverse' | 'distance' | 'sheets';

/** The longest time an answer may be kept, in milliseconds, whatever is configured. */
export type LicenceLives = {
  /** Longest freshness. */
  readonly maxFreshMs: number;
  /** Longest time it may be kept at all, grace period included. Never less than `maxFreshMs`. */
  readonly maxKeepMs: number;
  /** False: in memory only, never in a row or a file. */
  readonly mayPersist: boolean;
};

const MINUTE = 60_000;
const THIRTY_DAYS = 30 * 24 * 60 * MINUTE;

const lives = (milliseconds: number, mayPersist: boolean): LicenceLives => ({
  maxFreshMs: milliseconds,
  maxKeepMs: milliseconds,
  mayPersist,
});

/** No licence applies, so only the configured lifetimes count. */
const UNCAPPED = lives(Number.POSITIVE_INFINITY, true);
/**
 * Google Maps service terms: latitude and longitude may be kept for 30 days; the texts are kept for the shorter time
 * that we give them.
 */
const GOOGLE_POINTS = lives(THIRTY_DAYS, true);
/** Google's terms have no such exception for routes: only a request and its immediate repeats are served. */
const GOOGLE_ROUTES = lives(MINUTE, false);
/** Yandex's standard licence forbids saving; a few minutes in memory count as the answer in progress. */
const YANDEX_STANDARD = lives(5 * MINUTE, false);
const YANDEX_EXTENDED = lives(THIRTY_DAYS, true);

/**
 * The provider's licence as hard limits for the cache. `config.licence` set to `extended` at a Yandex service says that
 * the tenant bought the right to save geocodes; it does not cover routes.
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
