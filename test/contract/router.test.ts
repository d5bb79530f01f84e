import type { Geocoder } from '../../src/domain/provider/geocoder.ts';
import type { Router } from '../../src/domain/provider/router.ts';
import { gazetteer } from '../../src/infrastructure/providers/gazetteer/gazetteer.ts';
import { googleMaps } from '../../src/infrastructure/providers/google-maps/google-maps.ts';
import type { ProviderHttp } from '../../src/infrastructure/providers/provider-http.ts';
import { yandexMaps } from '../../src/infrastructure/providers/yandex-maps/yandex-maps.ts';
import { brokenAnswers } from '../support/broken-answers.ts';
import { json, type Reply } from '../support/fixture-server.ts';
import { providerRig } from '../support/provider-fixtures.ts';
import { roadlessContract, routerContract, type RoadMood, type RouterSubject } from './router.contract.ts';

type Replies = { readonly [M in RoadMood]: Reply };

const googlePair = { originIndex: 0, destinationIndex: 0, status: {} };
const googleRoad = { ...googlePair, condition: 'ROUTE_EXISTS', distanceMeters: 1_234, duration: '160s' };
const googleRefusal = (code: number, status: string) =>
  json(code, [{ error: { code, status, message: 'refused' } }]);
const google: Replies = {
  ...brokenAnswers,
  'knows-a-road': json(200, [googleRoad]),
  'knows-no-road': json(200, [{ ...googlePair, condition: 'ROUTE_NOT_FOUND' }]),
  'skips-the-pair': json(200, [{ ...googleRoad, destinationIndex: 1 }]),
  'measures-less-than-nothing': json(200, [{ ...googleRoad, distanceMeters: -1 }]),
  'refuses-the-key': googleRefusal(403, 'PERMISSION_DENIED'),
  'is-over-quota': googleRefusal(429, 'RESOURCE_EXHAUSTED'),
  'rejects-the-request': googleRefusal(400, 'INVALID_ARGUMENT'),
};

const yandexRow = (...elements: readonly object[]) => json(200, { rows: [{ elements }] });
const yandexRoad = { status: 'OK', distance: { value: 1_234 }, duration: { value: 160 } };
const yandexRefusal = (status: number, reason: string) => json(status, { errors: [reason] });
const yandex: Replies = {
  ...brokenAnswers,
  'knows-a-road': yandexRow(yandexRoad),
  'knows-no-road': yandexRow({ status: 'FAIL' }),
  'skips-the-pair': yandexRow(),
  'measures-less-than-nothing': yandexRow({ ...yandexRoad, distance: { value: -1 } }),
  'refuses-the-key': yandexRefusal(401, 'Invalid api key'),
  'is-over-quota': yandexRefusal(429, 'Too many requests'),
  'rejects-the-request': yandexRefusal(400, 'origins: bad value'),
};

/** Each provider's road requests go to an address of their own, named in `config`. */
const onLoopback =
  (build: (deps: { readonly http: ProviderHttp }) => Geocoder & Router, address: string, replies: Replies) =>
  async (): Promise<RouterSubject> => {
    const rig = await providerRig(build);
    return {
      router: rig.adapter,
      access: { config: { [address]: rig.server.origin } },
      put: (mood) => rig.server.answerWith(replies[mood]),
      calls: () => rig.server.received.length,
      close: rig.close,
    };
  };

routerContract('Google Maps', onLoopback(googleMaps, 'routes_base_url', google));
routerContract('Yandex Maps', onLoopback(yandexMaps, 'distance_base_url', yandex));
roadlessContract('offline gazetteer', gazetteer());
