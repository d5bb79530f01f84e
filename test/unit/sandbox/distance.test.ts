import { expect } from 'chai';

import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { get, json, post, withSandbox, type Reply } from './with-sandbox.ts';

type Pair = readonly [lat: number, lng: number];
const tashkent: Pair = [41.3, 69.24];
const bukhara: Pair = [39.77, 64.43];
const kazan: Pair = [55.79, 49.12];
const newYork: Pair = [40.71, -74.0];

const waypoint = ([latitude, longitude]: Pair): object => ({
  waypoint: { location: { latLng: { latitude, longitude } } },
});
const fullMask = 'originIndex,destinationIndex,status,condition,distanceMeters,duration';

const routes = (
  sandbox: Sandbox,
  body: object,
  headers: Readonly<Record<string, string>> = { 'x-goog-fieldmask': fullMask },
): Promise<Reply> =>
  post(`${sandbox.routesBaseUrl}/distanceMatrix/v2:computeRouteMatrix`, body, {
    'x-goog-api-key': 'SANDBOX-T',
    ...headers,
  });
const matrix = (origins: readonly Pair[], destinations: readonly Pair[], more = {}): object => ({
  origins: origins.map(waypoint),
  destinations: destinations.map(waypoint),
  travelMode: 'DRIVE',
  ...more,
});
type Element = {
  readonly originIndex: number;
  readonly destinationIndex: number;
  readonly distanceMeters?: number;
  readonly duration?: string;
  readonly condition?: string;
  readonly status?: object;
};
const seconds = (element: Element | undefined): number => Number.parseInt(element?.duration ?? '', 10);

describe('sandbox: Google Routes', () => {
  const sandbox = withSandbox();

  it('estimates the road as about 1.3 straight lines, each way a little different, every time the same', async () => {
    const ask = async (from: Pair, to: Pair): Promise<Element | undefined> =>
      json<Element[]>(await routes(sandbox(), matrix([from], [to])))[0];
    const [there, back, again] = [
      await ask(tashkent, bukhara),
      await ask(bukhara, tashkent),
      await ask(tashkent, bukhara),
    ];
    expect(there).to.deep.equal(again);
    expect(there).to.include({ condition: 'ROUTE_EXISTS' });
    expect(there?.status).to.deep.equal({});
    expect(there?.distanceMeters).to.be.within(437_000 * 1.26, 437_000 * 1.34);
    expect(there?.distanceMeters).not.to.equal(back?.distanceMeters);
  });

  it('takes longer on foot', async () => {
    const near: Pair = [41.32, 69.26];
    const drive = json<Element[]>(await routes(sandbox(), matrix([tashkent], [near])))[0];
    const walk = json<Element[]>(
      await routes(sandbox(), matrix([tashkent], [near], { travelMode: 'WALK' })),
    )[0];
    expect(seconds(walk)).to.be.greaterThan(4 * seconds(drive));
  });

  it('leaves the distance out where it is zero', async () => {
    const [element] = json<Element[]>(await routes(sandbox(), matrix([kazan], [kazan])));
    expect(element).to.deep.equal({
      originIndex: 0,
      destinationIndex: 0,
      status: {},
      duration: '0s',
      condition: 'ROUTE_EXISTS',
    });
  });

  it('finds no route over an ocean nor out at sea', async () => {
    const elements = json<Element[]>(await routes(sandbox(), matrix([kazan], [newYork, [0, -30]])));
    expect(elements.map(({ condition }) => condition)).to.deep.equal(['ROUTE_NOT_FOUND', 'ROUTE_NOT_FOUND']);
    expect(elements[0]).not.to.have.property('duration');
    expect(sandbox().counters().providers.routes.outcomes.no_match).to.equal(1);
  });

  it('answers a matrix in another order than asked, the same each time', async () => {
    const many = Array.from({ length: 8 }, (_, index): Pair => [41.3 + index / 100, 69.24]);
    const [one, two] = [
      json<Element[]>(await routes(sandbox(), matrix(many, many))),
      json<Element[]>(await routes(sandbox(), matrix(many, many))),
    ];
    expect(one).to.deep.equal(two);
    const places = one.map(({ originIndex, destinationIndex }) => originIndex * 8 + destinationIndex);
    expect(places).not.to.deep.equal(places.toSorted((a, b) => a - b));
    expect(new Set(places).size).to.equal(64);
  });

  it('returns only the fields of the mask, which is required', async () => {
    const body = matrix([kazan], [newYork]);
    const some = await routes(sandbox(), body, {
      'x-goog-fieldmask': 'originIndex, destinationIndex,duration',
    });
    expect(json<Element[]>(some)).to.deep.equal([{ originIndex: 0, destinationIndex: 0 }]);
    const snake = await routes(sandbox(), body, { 'x-goog-fieldmask': 'origin_index,condition' });
    expect(json<Element[]>(snake)).to.deep.equal([{ originIndex: 0, condition: 'ROUTE_NOT_FOUND' }]);
    expect((await routes(sandbox(), body, { 'x-goog-fieldmask': 'originIndex,price' })).status).to.equal(400);
    expect((await routes(sandbox(), body, {})).status).to.equal(400);
    expect(sandbox().counters().providers.routes.bad_requests.missing_field_mask).to.equal(1);
  });

  it('masks a recorded matrix too', async () => {
    const body = matrix([[41.3111, 69.2797]], [[39.6542, 66.9597]], { routingPreference: 'TRAFFIC_AWARE' });
    const [element] = json<Element[]>(
      await routes(sandbox(), body, { 'x-goog-fieldmask': 'originIndex,distanceMeters' }),
    );
    expect(element).to.deep.equal({ originIndex: 0, distanceMeters: 309400 });
  });

  it('knows single legs of the recorded matrix', async () => {
    const [element] = json<Element[]>(
      await routes(sandbox(), matrix([[41.3111, 69.2797]], [[39.6542, 66.9597]])),
    );
    expect(element).to.include({ distanceMeters: 308000, duration: '15000s' });
  });

  it('fails the cells of a waypoint it cannot find', async () => {
    const body = {
      origins: [waypoint(kazan)],
      destinations: [{ waypoint: { address: 'zzzz' } }, { waypoint: { address: 'Ташкент, ул. Мукими, 17' } }],
    };
    const elements = json<Element[]>(await routes(sandbox(), body));
    const byDestination = elements.toSorted((a, b) => a.destinationIndex - b.destinationIndex);
    expect(byDestination[0]?.status).to.include({ code: 3 });
    expect(byDestination[1]).to.include({ condition: 'ROUTE_EXISTS' });
  });

  for (const [name, body] of [
    ['no JSON', '{"origins":'],
    ['no origins', { destinations: [waypoint(kazan)] }],
    ['a latitude of 91', matrix([[91, 0]], [kazan])],
    ['an unknown travel mode', matrix([kazan], [kazan], { travelMode: 'FLY' })],
    [
      'a preference on foot',
      matrix([kazan], [kazan], { travelMode: 'WALK', routingPreference: 'TRAFFIC_UNAWARE' }),
    ],
    ['650 elements', matrix(Array(26).fill(kazan), Array(25).fill(kazan))],
    [
      '110 elements in transit',
      matrix(Array(11).fill(kazan), Array(10).fill(kazan), { travelMode: 'TRANSIT' }),
    ],
  ] as const) {
    it(`refuses ${name} with an error in an array`, async () => {
      const answered = await routes(sandbox(), body as object);
      expect(answered.status).to.equal(400);
      const [wrapped] = json<{ error: { status: string } }[]>(answered);
      expect(wrapped?.error.status).to.equal('INVALID_ARGUMENT');
    });
  }

  it('counts swapped coordinates and bills by element', async () => {
    await routes(sandbox(), matrix([tashkent, kazan], [[64.43, 39.77], bukhara]));
    const { swapped_coordinates, billed_units, calls } = sandbox().counters().providers.routes;
    expect({ swapped_coordinates, billed_units, calls }).to.deep.equal({
      swapped_coordinates: 1,
      billed_units: 4,
      calls: 1,
    });
  });
});

describe('sandbox: Yandex Distance Matrix', () => {
  const sandbox = withSandbox();
  const ask = (query: Readonly<Record<string, string>>): Promise<Reply> =>
    get(`${sandbox().yandexDistanceBaseUrl}/distancematrix`, { apikey: 'SANDBOX-T', ...query });
  type Rows = {
    readonly rows: readonly {
      readonly elements: readonly { status: string; distance?: { value: number }; duration?: object }[];
    }[];
  };

  it('answers row by row, latitude first, and FAIL over an ocean', async () => {
    const answered = await ask({
      origins: '41.3,69.24|40.71,-74',
      destinations: '39.77,64.43',
      mode: 'walking',
    });
    const { rows } = json<Rows>(answered);
    expect(rows[0]?.elements[0]?.status).to.equal('OK');
    expect(rows[0]?.elements[0]?.distance?.value).to.be.within(437_000 * 1.26, 437_000 * 1.34);
    expect(rows[1]?.elements).to.deep.equal([{ status: 'FAIL' }]);
  });

  it('gives zero for the same point', async () => {
    const { rows } = json<Rows>(await ask({ origins: '55.79,49.12', destinations: '55.79,49.12' }));
    expect(rows[0]?.elements[0]).to.deep.equal({
      status: 'OK',
      distance: { value: 0 },
      duration: { value: 0 },
    });
  });

  it('refuses over 100 cells, no points, what is no point and an unknown mode', async () => {
    const eleven = Array(11).fill('55,49').join('|');
    for (const query of [
      { origins: eleven, destinations: eleven },
      { origins: '55,49' },
      { origins: '55,49', destinations: 'Казань' },
      { origins: '55,49', destinations: '95,49' },
      { origins: '55,49', destinations: '55,49', mode: 'flying' },
    ]) {
      const answered = await ask(query);
      expect(answered.status).to.equal(400);
      expect(json(answered)).to.have.property('errors');
    }
    expect(sandbox().counters().providers['yandex-distance'].bad_requests.malformed).to.equal(5);
  });

  it('counts longitude-first points', async () => {
    await ask({ origins: '69.24,41.3', destinations: '39.77,64.43' });
    expect(sandbox().counters().providers['yandex-distance'].swapped_coordinates).to.equal(1);
  });
});

describe('sandbox: legacy Google Distance Matrix', () => {
  const sandbox = withSandbox();

  it('answers coordinates and addresses row by row', async () => {
    const answered = await get(`${sandbox().googleBaseUrl}/distancematrix/json`, {
      origins: '41.3,69.24|zzzz',
      destinations: 'Бухара|40.71,-74',
      language: 'en',
      key: 'SANDBOX-T',
    });
    const { rows, status } = json<{ rows: { elements: { status: string }[] }[]; status: string }>(answered);
    expect(status).to.equal('OK');
    expect(rows.map(({ elements }) => elements.map((element) => element.status))).to.deep.equal([
      ['OK', 'ZERO_RESULTS'],
      ['NOT_FOUND', 'NOT_FOUND'],
    ]);
  });
});
