import { recordedByKey, replay, type FixtureFile } from './fixtures.ts';
import { isOnEarth, looksSwapped, type Point } from './places.ts';
import { coarser, resolveAddress, resolvePoint, type KnownHouses } from './resolve.ts';
import type { Answer, Call, StandIn } from './stand-in.ts';
import { yandexCandidates } from './yandex-candidates.ts';
import { asXml, pageOf, partsOf, type Asked, type YandexBody } from './yandex-collection.ts';
import { geoObject, type GeoObject } from './yandex-geo-object.ts';
import { askedOf, folded, insideWindow, problemOf } from './yandex-request.ts';
import { yandexFailure, yandexTrouble } from './yandex-trouble.ts';

const reverseObjects = (point: Point, language: 'ru' | 'en'): GeoObject[] => {
  const found = isOnEarth(point) ? resolvePoint(point) : undefined;
  if (!found) return [];
  return [found, coarser(found, 'street'), coarser(found, 'city')].map((place) => geoObject(place, language));
};

const compute = (call: Call, asked: Asked, known: KnownHouses): YandexBody => {
  const language = /^(?:en|tr)/u.test(call.query.get('lang') ?? '') ? 'en' : 'ru';
  const { point, kind, geocode } = asked;
  const found = point ? undefined : resolveAddress(geocode, known);
  const objects = point ? reverseObjects(point, language) : found ? [geoObject(found, language)] : [];
  const ofKind = objects.filter(
    ({ metaDataProperty }) => kind === undefined || metaDataProperty.GeocoderMetaData.kind === kind,
  );
  return pageOf(asked, ofKind.filter(insideWindow(call.query)));
};

const show = (body: YandexBody, call: Call, headers: Readonly<Record<string, string>>): Answer => {
  const { found } = partsOf(body).meta;
  const asJson = folded(call.path) === '/v1/' || call.query.get('format') === 'json';
  return {
    status: 200,
    headers: asJson ? headers : { 'content-type': 'text/xml; charset=utf-8' },
    body: asJson ? JSON.stringify(body) : asXml(body),
    outcome: found === '0' ? 'no_match' : 'ok',
  };
};

export const yandexGeocoder = (file: FixtureFile, known: KnownHouses): StandIn => {
  const equal = replay(file);
  const recorded = yandexCandidates(file);
  return {
    name: 'yandex',
    serves: (method, path) => method === 'GET' && ['/v1', '/v1/', '/1.x', '/1.x/'].includes(path),
    keyOf: ({ query }) => query.get('apikey') ?? undefined,
    units: () => 1,
    answer: (call, mark) => {
      const asked = askedOf(call);
      if (asked.point && looksSwapped(asked.point)) mark('swapped_coordinates');
      const problem = problemOf(call, mark);
      const replayed = equal({ ...call, path: folded(call.path) });
      if (replayed) return replayed;
      if (problem !== undefined) return yandexFailure(file.headers, 400, problem);
      return show(recorded(call, asked) ?? compute(call, asked, known), call, file.headers);
    },
    trouble: yandexTrouble(file.headers),
    recorded: recordedByKey(file, ({ request }) => request.query?.['apikey']),
  };
};
