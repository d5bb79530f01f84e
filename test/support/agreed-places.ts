import { expect } from 'chai';
import type { GeocodeMatch } from '../../src/domain/provider/geocoder.ts';
import { entriesOf, fieldsOf, jsonIn } from './agreed-outcomes.ts';
import { MOST_MATCHES, type GeocodeFixture } from './provider-fixtures.ts';

const within = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce((inner: unknown, name) => fieldsOf(inner)[name], value);

/** A latitude and a longitude given as an address: answered like a reverse geocode. */
const POINT = /^\s*-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?\s*$/;

/** The texts of the places in Google's order. A plus code of exactly the requested point is not counted as a place. */
export const agreedGooglePlaces = ({ kind, request, response }: GeocodeFixture): readonly unknown[] => {
  const isOfPoint = kind === 'reverse' || POINT.test(request.query['address'] ?? '');
  return entriesOf(within(jsonIn(response), 'results'))
    .filter((result) => !isOfPoint || !entriesOf(within(result, 'types')).includes('plus_code'))
    .slice(0, MOST_MATCHES)
    .map((result) => within(result, 'formatted_address'));
};

/** The texts of the places in Yandex's order. */
export const agreedYandexPlaces = ({ response }: GeocodeFixture): readonly unknown[] =>
  entriesOf(within(jsonIn(response), 'response', 'GeoObjectCollection', 'featureMember'))
    .slice(0, MOST_MATCHES)
    .map((member) => within(member, 'GeoObject', 'metaDataProperty', 'GeocoderMetaData', 'text'));

/** Compares with what a fixture states about its best match; fields that it does not state are not checked. */
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
