import type { Precision } from './geocoder.ts';

/** How precise an answer is, and how reliable on a scale from 0 to 1 that is comparable between providers. */
export type Quality = { readonly precision: Precision; readonly score: number };

type Rule<When> = Quality & {
  readonly when: When;
  /** Score to use when the provider says that it matched only part of the query. */
  readonly partialScore?: number;
  /** Score to use when the query names a house and this level cannot be one. */
  readonly scoreWhenHouseAsked?: number;
};

type GoogleWhen = {
  readonly partial?: boolean;
  readonly locationType?: string;
  readonly types?: readonly string[];
};
const POI_TYPES = ['establishment', 'park', 'point_of_interest', 'airport', 'natural_feature'];
const STREET_TYPES = ['route', 'intersection'];
const HOUSE_TYPES = ['street_address', 'premise', 'subpremise'];
const QUARTER_TYPES = ['neighborhood', 'sublocality', 'sublocality_level_1', 'postal_code'];
const REGION_TYPES = ['administrative_area_level_1', 'administrative_area_level_2'];

/** The order matters: the first matching rule applies. */
const googleRules: readonly Rule<GoogleWhen>[] = [
  { when: { partial: false, locationType: 'ROOFTOP', types: HOUSE_TYPES }, precision: 'house', score: 1 },
  { when: { partial: false, locationType: 'ROOFTOP' }, precision: 'poi', score: 0.9 },
  { when: { partial: false, locationType: 'RANGE_INTERPOLATED' }, precision: 'house', score: 0.8 },
  { when: { partial: false, types: POI_TYPES }, precision: 'poi', score: 0.8 },
  { when: { partial: true, locationType: 'ROOFTOP' }, precision: 'house', score: 0.7 },
  { when: { partial: true, locationType: 'RANGE_INTERPOLATED' }, precision: 'house', score: 0.65 },
  { when: { partial: false, types: STREET_TYPES }, precision: 'street', score: 0.6 },
  { when: { partial: true, types: STREET_TYPES }, precision: 'street', score: 0.45 },
  { when: { types: QUARTER_TYPES }, precision: 'district', score: 0.4, partialScore: 0.2 },
  { when: { types: ['locality', 'postal_town'] }, precision: 'city', score: 0.3, partialScore: 0.15 },
  { when: { types: REGION_TYPES }, precision: 'region', score: 0.15, partialScore: 0.08 },
  { when: { types: ['country'] }, precision: 'country', score: 0.05, partialScore: 0.02 },
  // Not covered by the agreed table: a building known by its outline only, a place matched by part of its name.
  { when: { types: HOUSE_TYPES }, precision: 'house', score: 0.65, partialScore: 0.5 },
  { when: { types: POI_TYPES }, precision: 'poi', score: 0.4 },
  { when: {}, precision: 'region', score: 0.15, partialScore: 0.08 },
];

export type GoogleSigns = {
  readonly partialMatch: boolean;
  readonly locationType: string | undefined;
  readonly types: readonly string[];
};

/** Quality of a Google result, from `location_type`, `types` and `partial_match`. */
export const googleQuality = ({ partialMatch, locationType, types }: GoogleSigns): Quality => {
  const fits = ({ when }: Rule<GoogleWhen>): boolean =>
    (when.partial ?? partialMatch) === partialMatch &&
    (when.locationType ?? locationType) === locationType &&
    (when.types === undefined || when.types.some((type) => types.includes(type)));
  const rule = googleRules.find(fits) ?? NOTHING_KNOWN;
  return {
    precision: rule.precision,
    score: partialMatch ? (rule.partialScore ?? rule.score) : rule.score,
  };
};

type YandexWhen = {
  readonly kinds: readonly string[];
  readonly precision?: string;
  readonly queryHasHouse?: boolean;
};
const YANDEX_POIS = ['metro', 'railway_station', 'airport', 'vegetation', 'other'];

const yandexRules: readonly Rule<YandexWhen>[] = [
  { when: { kinds: ['house'], precision: 'exact' }, precision: 'house', score: 1 },
  { when: { kinds: ['house'], precision: 'number' }, precision: 'house', score: 0.85 },
  { when: { kinds: ['house'], precision: 'range' }, precision: 'house', score: 0.75 },
  { when: { kinds: ['house'], precision: 'near' }, precision: 'house', score: 0.7 },
  { when: { kinds: ['entrance'] }, precision: 'house', score: 1 },
  { when: { kinds: YANDEX_POIS }, precision: 'poi', score: 0.8 },
  { when: { kinds: ['street'], queryHasHouse: false }, precision: 'street', score: 0.6 },
  { when: { kinds: ['street'], queryHasHouse: true }, precision: 'street', score: 0.5 },
  { when: { kinds: ['district'] }, precision: 'district', score: 0.4, scoreWhenHouseAsked: 0.2 },
  { when: { kinds: ['locality'] }, precision: 'city', score: 0.3, scoreWhenHouseAsked: 0.15 },
  { when: { kinds: ['area', 'province'] }, precision: 'region', score: 0.15, scoreWhenHouseAsked: 0.08 },
  { when: { kinds: ['country'] }, precision: 'country', score: 0.05, scoreWhenHouseAsked: 0.02 },
  // Not covered by the agreed table: a house of unknown exactness, and lines such as rivers and roads.
  { when: { kinds: ['house'] }, precision: 'house', score: 0.5 },
  { when: { kinds: ['hydro', 'route'] }, precision: 'poi', score: 0.4, scoreWhenHouseAsked: 0.2 },
];

export type YandexSigns = { readonly kind: string | undefined; readonly precision: string | undefined };

/** Quality of a Yandex object, from `kind` and `precision`, and whether the query names a house. */
export const yandexQuality = ({ kind, precision }: YandexSigns, queryHasHouse: boolean): Quality => {
  const fits = ({ when }: Rule<YandexWhen>): boolean =>
    when.kinds.includes(kind ?? '') &&
    (when.precision ?? precision) === precision &&
    (when.queryHasHouse ?? queryHasHouse) === queryHasHouse;
  const rule = yandexRules.find(fits) ?? NOTHING_KNOWN;
  return {
    precision: rule.precision,
    score: queryHasHouse ? (rule.scoreWhenHouseAsked ?? rule.score) : rule.score,
  };
};

/** For types of objects that are unknown to us: the trust of a region. */
const NOTHING_KNOWN: Rule<unknown> = {
  when: undefined,
  precision: 'region',
  score: 0.15,
  partialScore: 0.08,
  scoreWhenHouseAsked: 0.08,
};

export type OfflineMatch = 'exact-name+country' | 'exact-name' | 'alternate-name';
const offlineScores: { readonly [M in OfflineMatch]: number } = {
  'exact-name+country': 0.3,
  'exact-name': 0.25,
  'alternate-name': 0.2,
};

/**
 * Quality of an offline gazetteer match, always a city. Half the score when more than a city was asked for, as with the
 * other providers.
 */
export const offlineQuality = (match: OfflineMatch, partialMatch: boolean): Quality => ({
  precision: 'city',
  score: partialMatch ? offlineScores[match] / 2 : offlineScores[match],
});
