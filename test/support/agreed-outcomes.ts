import { expect } from 'chai';
import type { GeocodeMatch } from '../../src/domain/provider/geocoder.ts';
import type { ProviderErrorKind } from '../../src/domain/provider/provider-error.ts';
import type { FixtureResponse } from './fixture-server.ts';
import type { GeocodeFixture } from './provider-fixtures.ts';

/** Google Geocoding: the word decides, nearly whatever the HTTP status. */
const WORDS: { readonly [word: string]: ProviderErrorKind } = {
  OVER_QUERY_LIMIT: 'quota-exceeded',
  OVER_DAILY_LIMIT: 'credentials-rejected',
  REQUEST_DENIED: 'credentials-rejected',
  INVALID_REQUEST: 'request-rejected',
  UNKNOWN_ERROR: 'provider-unavailable',
};
type Body = { readonly status?: string; readonly error?: { readonly details?: readonly object[] } };

const byStatus = (status: number): ProviderErrorKind => {
  if (status === 401 || status === 403) return 'credentials-rejected';
  if (status === 429) return 'quota-exceeded';
  if (status >= 500) return 'provider-unavailable';
  return status >= 400 ? 'request-rejected' : 'answer-not-understood';
};

/** What both vendors mean by an answer that is none, so that further fixtures of the same kinds need no table. */
export const agreedFailure = ({ httpStatus, body }: FixtureResponse): ProviderErrorKind => {
  const [first] = (Array.isArray(body) ? body : [body]) as readonly (Body | undefined)[];
  const word = WORDS[first?.status ?? ''];
  if (word !== undefined) return word;
  // Google's newer APIs call a bad key HTTP 400: only the reason tells it from a bad request.
  const isKey = JSON.stringify(first?.error?.details ?? []).includes('API_KEY_');
  return isKey ? 'credentials-rejected' : byStatus(httpStatus);
};

/** Compares with what a fixture says of its best match; what it does not say is left open. */
export const expectNormalised = (
  match: GeocodeMatch | undefined,
  { lat, lng, level, score, partialMatch, countryCode }: NonNullable<GeocodeFixture['expectNormalised']>,
): void => {
  expect(match?.precision).to.equal(level);
  if (countryCode !== undefined) expect(match?.components.countryCode).to.equal(countryCode);
  if (score !== undefined) expect(match?.confidence).to.equal(score);
  if (partialMatch !== undefined) expect(match?.partialMatch).to.equal(partialMatch);
  if (lat !== undefined) expect(match?.coordinates).to.deep.equal({ latitude: lat, longitude: lng });
};
