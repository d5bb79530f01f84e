import * as t from 'io-ts';
import type { GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import { jsonOrFailure, notUnderstood, type HttpAnswer } from '../http-answer.ts';
import { objectIn } from '../loose-fields.ts';
import { yandexPlace } from './yandex-place.ts';
import { yandexFailure } from './yandex-refusal.ts';

export const YANDEX_ATTRIBUTION = '© Яндекс';

const collection = t.type({
  response: t.type({
    GeoObjectCollection: t.partial({ metaDataProperty: t.unknown, featureMember: t.unknown }),
  }),
});
/** Reads the places of an answer; `queryHasHouse` lowers the score of anything coarser than a house. */
export const yandexMatches = (
  answer: HttpAnswer,
  access: ProviderAccess,
  asked: { readonly queryHasHouse: boolean; readonly limit: number },
): Either<ProviderError, GeocodeMatches> => {
  const json = jsonOrFailure(answer);
  if (isLeft(json)) return json;
  const failure = yandexFailure(json.right, answer, access);
  if (failure !== undefined) return left(failure);

  const decoded = collection.decode(json.right);
  if (isLeft(decoded)) return left(notUnderstood('not a collection of places'));
  const { featureMember, metaDataProperty } = decoded.right.response.GeoObjectCollection;
  const { found } = objectIn(objectIn(metaDataProperty)['GeocoderResponseMetaData']);
  if (!Array.isArray(featureMember) && String(found) !== '0')
    return left(notUnderstood('a collection without its list of places'));
  const members: readonly unknown[] = Array.isArray(featureMember) ? featureMember : [];
  const matches = members.flatMap((member) => yandexPlace(member, asked.queryHasHouse) ?? []);
  return matches.length === 0 && members.length > 0
    ? left(notUnderstood('a list of things that are no places'))
    : right({ matches: matches.slice(0, asked.limit), attribution: YANDEX_ATTRIBUTION });
};

/** The probe asks without key and text: being refused for that, in Yandex's own words, is the healthy answer. */
export const yandexReachable = (
  answer: HttpAnswer,
  access: ProviderAccess,
): Either<ProviderError, { readonly reachable: true }> => {
  const json = jsonOrFailure(answer);
  if (isLeft(json)) return json;
  const failure = yandexFailure(json.right, answer, access);
  return failure === undefined || EXPECTED_REFUSALS.has(failure.kind)
    ? right({ reachable: true })
    : left(failure);
};
const EXPECTED_REFUSALS = new Set<ProviderError['kind']>([
  'credentials-rejected',
  'request-rejected',
  'quota-exceeded',
]);
