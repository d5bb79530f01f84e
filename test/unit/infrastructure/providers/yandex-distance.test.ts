import { expect } from 'chai';
import { yandexMaps } from '../../../../src/infrastructure/providers/yandex-maps/yandex-maps.ts';
import { agreedYandexRoute } from '../../../support/agreed-routes.ts';
import { json, replay, text } from '../../../support/fixture-server.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../../../support/provider-access.ts';
import {
  fixtureCases,
  providerRig,
  type DistanceFixture,
  type ProviderRig,
} from '../../../support/provider-fixtures.ts';

const cases = fixtureCases<DistanceFixture>('yandex-distance', 'cases');

describe('yandex distance', () => {
  let rig: ProviderRig<ReturnType<typeof yandexMaps>>;
  before(async () => (rig = await providerRig(yandexMaps)));
  after(() => rig.close());

  const route = () =>
    rig.adapter.route(anAccess({ config: { distance_base_url: `${rig.server.origin}/v2` } }), {
      origin: { latitude: 41.2925, longitude: 69.287 },
      destination: { latitude: 41.3266, longitude: 69.235 },
      mode: 'walking',
    });

  for (const { id, response } of cases) {
    it(`reads ${id} as agreed`, async () => {
      rig.server.answerWith(replay(response));
      const result = await route();
      const agreed = agreedYandexRoute(response);
      if ('kind' in agreed) expect(refused(result).kind).to.equal(agreed.kind);
      else expect(answered(result)).to.deep.equal(agreed);
    });
  }

  it('asks with latitude first, unlike the geocoder', async () => {
    rig.server.answerWith(json(200, { rows: [{ elements: [{ status: 'FAIL' }] }] }));
    expect(answered(await route())).to.deep.equal({ found: false, attribution: '© Яндекс' });
    const { path, query } = rig.server.received.at(-1)!;
    expect(path).to.equal('/v2/distancematrix');
    expect(Object.fromEntries(query)).to.deep.equal({
      apikey: PLANTED_KEY,
      origins: '41.2925,69.287',
      destinations: '41.3266,69.235',
      mode: 'walking',
    });
  });

  it('reports whole seconds, whatever unit the provider uses', async () => {
    const element = { status: 'OK', distance: { value: 7200.5 }, duration: { value: 1139.6 } };
    rig.server.answerWith(json(200, { rows: [{ elements: [element] }] }));
    expect(answered(await route())).to.include({ distanceMetres: 7200.5, durationSeconds: 1140 });
  });

  it('treats null like an omitted field', async () => {
    const element = { status: 'FAIL', distance: null, duration: null };
    rig.server.answerWith(json(200, { rows: [{ elements: [element] }] }));
    expect(answered(await route()).found).to.equal(false);
    rig.server.answerWith(json(200, { rows: [{ elements: [{ ...element, status: 'OK' }] }] }));
    expect(refused(await route()).kind).to.equal('answer-not-understood');
  });

  it('needs no distance and no duration where there is no road', async () => {
    for (const amount of [{}, { value: null }, { value: '7' }, 7]) {
      const element = { status: 'FAIL', distance: amount, duration: amount };
      rig.server.answerWith(json(200, { rows: [{ elements: [element] }] }));
      expect(answered(await route()).found, JSON.stringify(amount)).to.equal(false);
    }
  });

  it('treats errors that came with status 200 as an outage', async () => {
    for (const error of ['Internal server error', { message: 'Internal server error' }]) {
      rig.server.answerWith(json(200, { errors: [error] }));
      expect(refused(await route()).kind).to.equal('provider-unavailable');
    }
  });

  it("understands a refusal in the geocoder's format, with any status", async () => {
    for (const [body, kind] of [
      [{ statusCode: 403, error: 'Forbidden', message: 'Invalid api key' }, 'credentials-rejected'],
      [{ statusCode: 401, error: 'Unauthorized' }, 'credentials-rejected'],
      [{ statusCode: 429, error: 'Too Many Requests', message: 'Limit is exceeded' }, 'quota-exceeded'],
      [{ statusCode: 400, error: 'Bad Request', message: 'odd' }, 'request-rejected'],
      [{ statusCode: 500, error: 'Internal Server Error' }, 'provider-unavailable'],
      [{ error: 'Forbidden' }, 'credentials-rejected'],
      [{ statusCode: 401, errors: ['Invalid apikey'] }, 'credentials-rejected'],
    ] as const) {
      rig.server.answerWith(json(200, body));
      expect(refused(await route()).kind, JSON.stringify(body)).to.equal(kind);
    }
    rig.server.answerWith(json(400, { statusCode: 400, message: `bad point for ${PLANTED_KEY}` }));
    const { message } = refused(await route());
    expect(message).to.contain('HTTP 400: bad point').and.not.contain(PLANTED_KEY);
  });

  it('treats an empty list of errors beside the rows as no error', async () => {
    rig.server.answerWith(json(200, { errors: [], rows: [{ elements: [{ status: 'FAIL' }] }] }));
    expect(answered(await route()).found).to.equal(false);
  });

  it('does not blame the request for a base URL that leads elsewhere', async () => {
    rig.server.answerWith(json(404, { errors: ['Not found'] }));
    expect(refused(await route()).kind).to.equal('answer-not-understood');
  });

  it('does not trip over other shapes and bodies', async () => {
    const element = (change: object) => ({ rows: [{ elements: [{ status: 'OK', ...change }] }] });
    const odd = [
      null,
      {},
      { rows: [] },
      { rows: [{ elements: [] }] },
      element({}),
      element({ status: 'MAYBE' }),
      element({ distance: { value: -1 }, duration: { value: 1 } }),
      element({ distance: { value: '7' }, duration: { value: 1 } }),
    ];
    for (const body of odd) {
      rig.server.answerWith(json(200, body));
      expect(refused(await route()).kind, JSON.stringify(body)).to.equal('answer-not-understood');
    }
    rig.server.answerWith(text(504, 'text/html', '<html>'));
    expect(refused(await route()).kind).to.equal('provider-unavailable');
  });
});
