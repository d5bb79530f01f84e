import type { Geocoder } from '../../src/domain/provider/geocoder.ts';
import type { Router } from '../../src/domain/provider/router.ts';
import { gazetteer } from '../../src/infrastructure/providers/gazetteer/gazetteer.ts';
import { googleMaps } from '../../src/infrastructure/providers/google-maps/google-maps.ts';
import type { ProviderHttp } from '../../src/infrastructure/providers/provider-http.ts';
import { yandexMaps } from '../../src/infrastructure/providers/yandex-maps/yandex-maps.ts';
import { brokenAnswers } from '../support/broken-answers.ts';
import { json, type Reply } from '../support/fixture-server.ts';
import { providerRig } from '../support/provider-fixtures.ts';
import { geocoderContract, type GeocoderSubject, type ProviderMood } from './geocoder.contract.ts';

type Replies = { readonly [M in ProviderMood]: Reply };

const googlePlace = (name: string, lat: number, lng: number, country: string) => ({
  formatted_address: name,
  address_components: [{ long_name: country, short_name: country, types: ['country', 'political'] }],
  geometry: { location: { lat, lng }, location_type: 'APPROXIMATE' },
  types: ['locality', 'political'],
});
const google: Replies = {
  ...brokenAnswers,
  'knows-two-places': json(200, {
    status: 'OK',
    results: [
      googlePlace('London, UK', 51.5, -0.12, 'GB'),
      googlePlace('London, Ontario', 42.98, -81.2, 'CA'),
    ],
  }),
  'knows-nothing': json(200, { status: 'ZERO_RESULTS', results: [] }),
  'refuses-the-key': json(200, {
    status: 'REQUEST_DENIED',
    error_message: 'The provided API key is invalid.',
  }),
  'is-over-quota': json(200, { status: 'OVER_QUERY_LIMIT', results: [] }),
  'rejects-the-request': json(400, { status: 'INVALID_REQUEST', results: [] }),
};

const yandexPlace = (name: string, pos: string, country_code: string) => ({
  GeoObject: {
    metaDataProperty: {
      GeocoderMetaData: { kind: 'locality', precision: 'other', text: name, Address: { country_code } },
    },
    Point: { pos },
  },
});
const yandexCollection = (...members: readonly object[]) => ({
  response: {
    GeoObjectCollection: {
      metaDataProperty: { GeocoderResponseMetaData: { found: String(members.length), results: '10' } },
      featureMember: members,
    },
  },
});
const yandexRefusal = (status: number, message: string) =>
  json(status, { statusCode: status, error: 'Refused', message });
const yandex: Replies = {
  ...brokenAnswers,
  'knows-two-places': json(
    200,
    yandexCollection(
      yandexPlace('United Kingdom, London', '-0.12 51.5', 'GB'),
      yandexPlace('Canada, London', '-81.2 42.98', 'CA'),
    ),
  ),
  'knows-nothing': json(200, yandexCollection()),
  'refuses-the-key': yandexRefusal(403, 'Invalid api key'),
  'is-over-quota': yandexRefusal(429, 'Limit is exceeded'),
  'rejects-the-request': yandexRefusal(400, 'lang parameter has an invalid value'),
};

const onLoopback =
  (build: (deps: { readonly http: ProviderHttp }) => Geocoder & Router, replies: Replies) =>
  async (): Promise<GeocoderSubject> => {
    const rig = await providerRig(build);
    return {
      geocoder: rig.adapter,
      access: { baseUrl: rig.server.origin },
      put: (mood) => rig.server.answerWith(replies[mood]),
      calls: () => rig.server.received.length,
      close: rig.close,
    };
  };

geocoderContract('Google Maps', onLoopback(googleMaps, google));
geocoderContract('Yandex Maps', onLoopback(yandexMaps, yandex));

const IN_PROCESS = 'answers from its own files: there is no key, no quota and no wire';
geocoderContract(
  'offline gazetteer',
  async () => ({
    geocoder: gazetteer(),
    access: {},
    put: () => undefined,
    calls: () => 0,
    close: async () => undefined,
  }),
  {
    'refuses-the-key': IN_PROCESS,
    'is-over-quota': IN_PROCESS,
    'rejects-the-request': IN_PROCESS,
    'is-down': IN_PROCESS,
    hangs: IN_PROCESS,
    'breaks-off': IN_PROCESS,
    redirects: IN_PROCESS,
    'answers-html': IN_PROCESS,
    'answers-half-json': IN_PROCESS,
    'answers-other-json': IN_PROCESS,
    'answers-without-end': IN_PROCESS,
  },
);
