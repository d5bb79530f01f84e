import { expect } from 'chai';
import { googleMaps } from '../../../../src/infrastructure/providers/google-maps/google-maps.ts';
import { agreedGoogleRoute } from '../../../support/agreed-routes.ts';
import { json, replay, text } from '../../../support/fixture-server.ts';
import { anAccess, answered, PLANTED_KEY, refused } from '../../../support/provider-access.ts';
import {
  fixtureCases,
  providerRig,
  type DistanceFixture,
  type ProviderRig,
} from '../../../support/provider-fixtures.ts';

const cases = fixtureCases<DistanceFixture>('google-distance', 'computeRouteMatrix');

describe('google routes', () => {
  let rig: ProviderRig<ReturnType<typeof googleMaps>>;
  before(async () => (rig = await providerRig(googleMaps)));
  after(() => rig.close());

  const route = (mode: 'driving' | 'walking' = 'driving') =>
    rig.adapter.route(anAccess({ config: { routes_base_url: `${rig.server.origin}/` } }), {
      origin: { latitude: 41.3111, longitude: 69.2797 },
      destination: { latitude: 39.6542, longitude: 66.9597 },
      mode,
    });

  for (const { id, response } of cases) {
    it(`reads ${id} as agreed`, async () => {
      rig.server.answerWith(replay(response));
      const result = await route();
      const agreed = agreedGoogleRoute(response);
      if ('kind' in agreed) expect(refused(result).kind).to.equal(agreed.kind);
      else expect(answered(result)).to.deep.equal(agreed);
    });
  }

  it('asks with key and field mask in headers, and prefers a route only when driving', async () => {
    rig.server.answerWith(json(200, [{ condition: 'ROUTE_NOT_FOUND', status: {} }]));
    expect(answered(await route('walking'))).to.deep.equal({ found: false, attribution: '© Google' });
    const walking = rig.server.received.at(-1)!;
    expect(walking.path).to.equal('/distanceMatrix/v2:computeRouteMatrix');
    expect(walking.headers).to.include({ 'x-goog-api-key': PLANTED_KEY });
    expect(walking.headers['x-goog-fieldmask']).to.contain('status,condition');
    expect(JSON.parse(walking.body)).to.deep.equal({
      origins: [{ waypoint: { location: { latLng: { latitude: 41.3111, longitude: 69.2797 } } } }],
      destinations: [{ waypoint: { location: { latLng: { latitude: 39.6542, longitude: 66.9597 } } } }],
      travelMode: 'WALK',
      units: 'METRIC',
    });
    await route('driving');
    expect(JSON.parse(rig.server.received.at(-1)!.body)).to.include({
      travelMode: 'DRIVE',
      routingPreference: 'TRAFFIC_UNAWARE',
    });
  });

  it('accepts an error that is not wrapped in an array, and one that came with 200', async () => {
    const error = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: `for ${PLANTED_KEY}` } };
    rig.server.answerWith(json(429, error));
    const failure = refused(await route());
    expect(failure.kind).to.equal('quota-exceeded');
    expect(failure.message).to.not.contain('AIza');
    rig.server.answerWith(json(200, [{ condition: 'ROUTE_EXISTS' }, error]));
    expect(refused(await route()).kind).to.equal('quota-exceeded');
  });

  const REASONS: readonly (readonly [status: number, word: string, reason: string, kind: string])[] = [
    [403, 'PERMISSION_DENIED', 'RATE_LIMIT_EXCEEDED', 'quota-exceeded'],
    [400, 'INVALID_ARGUMENT', 'RATE_LIMIT_EXCEEDED', 'quota-exceeded'],
    [403, 'PERMISSION_DENIED', 'RESOURCE_QUOTA_EXCEEDED', 'quota-exceeded'],
    [429, 'RESOURCE_EXHAUSTED', 'RESOURCE_QUOTA_EXCEEDED', 'quota-exceeded'],
    [403, 'PERMISSION_DENIED', 'SERVICE_DISABLED', 'credentials-rejected'],
    [403, 'PERMISSION_DENIED', 'BILLING_DISABLED', 'credentials-rejected'],
    [400, 'FAILED_PRECONDITION', 'BILLING_DISABLED', 'credentials-rejected'],
    [400, 'INVALID_ARGUMENT', 'API_KEY_INVALID', 'credentials-rejected'],
    [403, 'PERMISSION_DENIED', 'API_KEY_SERVICE_BLOCKED', 'credentials-rejected'],
    [403, 'PERMISSION_DENIED', 'API_KEY_IP_ADDRESS_BLOCKED', 'credentials-rejected'],
    [403, 'PERMISSION_DENIED', 'API_KEY_HTTP_REFERRER_BLOCKED', 'credentials-rejected'],
    [403, 'PERMISSION_DENIED', 'CONSUMER_SUSPENDED', 'credentials-rejected'],
    [400, 'INVALID_ARGUMENT', 'RESOURCE_PROJECT_INVALID', 'credentials-rejected'],
    [400, 'INVALID_ARGUMENT', 'OVERLOADED_CREDENTIALS', 'credentials-rejected'],
    [404, 'NOT_FOUND', 'SERVICE_NOT_VISIBLE', 'credentials-rejected'],
    [400, 'FAILED_PRECONDITION', 'LOCATION_POLICY_VIOLATED', 'credentials-rejected'],
    [400, 'INVALID_ARGUMENT', 'SOME_FIELD_INVALID', 'request-rejected'],
  ];
  for (const [status, word, reason, kind] of REASONS) {
    it(`reports ${kind} for ${word} with the reason ${reason}`, async () => {
      const details = [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' },
      ];
      rig.server.answerWith(
        json(status, [{ error: { code: status, status: word, message: 'no', details } }]),
      );
      expect(refused(await route())).to.include({ kind, status });
    });
  }

  it('knows a refused key and a spent quota by their texts where no reason comes with them', async () => {
    for (const [code, message, kind] of [
      [400, 'API key not valid. Please pass a valid API key.', 'credentials-rejected'],
      [403, "Quota exceeded for quota metric 'Compute Route Matrix elements'.", 'quota-exceeded'],
    ] as const) {
      rig.server.answerWith(json(code, [{ error: { code, message } }]));
      expect(refused(await route()).kind, message).to.equal(kind);
    }
  });

  it('reads the reasons of errors in the older shape', async () => {
    for (const [reason, kind] of [
      ['rateLimitExceeded', 'quota-exceeded'],
      ['dailyLimitExceeded', 'quota-exceeded'],
      ['keyInvalid', 'credentials-rejected'],
      ['forbidden', 'credentials-rejected'],
    ] as const) {
      const errors = [{ domain: 'usageLimits', reason, message: 'no' }];
      const code = reason === 'keyInvalid' ? 400 : 403;
      rig.server.answerWith(json(code, { error: { code, message: 'no', errors } }));
      expect(refused(await route()).kind, reason).to.equal(kind);
    }
  });

  it('passes on how long the details of an error ask to wait', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17s' }];
    for (const [status, word] of [
      [429, 'RESOURCE_EXHAUSTED'],
      [503, 'UNAVAILABLE'],
    ] as const) {
      rig.server.answerWith(json(status, [{ error: { code: status, status: word, details } }]));
      expect(refused(await route())).to.include({ retryAfterMs: 17_000 });
    }
  });

  it('treats null like an omitted field', async () => {
    const nothing = { originIndex: null, destinationIndex: null, status: null, fallbackInfo: null };
    const exists = { ...nothing, condition: 'ROUTE_EXISTS' };
    rig.server.answerWith(json(200, [{ ...exists, distanceMeters: null, duration: null }]));
    expect(answered(await route())).to.include({ found: true, distanceMetres: 0, durationSeconds: 0 });
    rig.server.answerWith(json(200, [{ ...exists, distanceMeters: 70, duration: '9s' }]));
    expect(answered(await route())).to.include({ distanceMetres: 70, durationSeconds: 9, degraded: false });
    rig.server.answerWith(json(200, [{ ...exists, distanceMeters: 70, duration: null }]));
    expect(refused(await route()).kind).to.equal('answer-not-understood');
  });

  it('does not blame the request for a base URL that leads elsewhere', async () => {
    for (const body of [{ error: { code: 404, status: 'NOT_FOUND', message: 'Method not found.' } }, {}]) {
      rig.server.answerWith(json(404, body));
      expect(refused(await route()).kind).to.equal('answer-not-understood');
    }
  });

  const ELEMENTS: readonly (readonly [object, string])[] = [
    [{ status: { code: 3 } }, 'request-rejected'],
    [{ status: { code: 7 } }, 'credentials-rejected'],
    [{ status: { code: 8 } }, 'quota-exceeded'],
    [{ status: { code: 13 } }, 'provider-unavailable'],
    [{ status: {} }, 'answer-not-understood'],
    [{ condition: 'ROUTE_EXISTS', distanceMeters: 5 }, 'answer-not-understood'],
    [{ condition: 'ROUTE_EXISTS', distanceMeters: -5, duration: '1s' }, 'answer-not-understood'],
    [{ condition: 'ROUTE_EXISTS', distanceMeters: 5, duration: 'soon' }, 'answer-not-understood'],
    [{ originIndex: 1, condition: 'ROUTE_EXISTS' }, 'answer-not-understood'],
  ];
  for (const [element, kind] of ELEMENTS) {
    it(`reports ${kind} for the element ${JSON.stringify(element)}`, async () => {
      rig.server.answerWith(json(200, [element]));
      expect(refused(await route()).kind).to.equal(kind);
    });
  }

  it('takes no duration that is more than a number holds', async () => {
    const element = { condition: 'ROUTE_EXISTS', distanceMeters: 5, duration: `1${'0'.repeat(400)}s` };
    rig.server.answerWith(json(200, [element]));
    expect(refused(await route()).kind).to.equal('answer-not-understood');
  });

  it('does not trip over other shapes and bodies', async () => {
    for (const body of [null, 'x', {}, { rows: [] }, [null], [[]]]) {
      rig.server.answerWith(json(200, body));
      expect(refused(await route()).kind, JSON.stringify(body)).to.equal('answer-not-understood');
    }
    rig.server.answerWith(text(502, 'text/html', '<html>'));
    expect(refused(await route()).kind).to.equal('provider-unavailable');
  });
});
