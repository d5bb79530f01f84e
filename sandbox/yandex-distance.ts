import { plainKey, recordedByKey, replay, type FixtureFile } from './fixtures.ts';
import { cellsOf, readPoints } from './matrix-points.ts';
import { isOnEarth, looksSwapped, type Point } from './places.ts';
import { legKey, legsFrom, type Leg, type Pace } from './road.ts';
import { outcomeOf, type Answer, type Call, type Marker, type StandIn, type Trouble } from './stand-in.ts';

const path = '/v2/distancematrix';
const mostCells = 100;

const modes: ReadonlyMap<string, Pace> = new Map([
  ['driving', 'drive'],
  ['truck', 'drive'],
  ['walking', 'walk'],
  ['transit', 'transit'],
  ['bicycle', 'cycle'],
  ['scooter', 'cycle'],
]);

const troubles: Readonly<Record<Trouble, readonly [status: number, message: string]>> = {
  'no-key': [401, 'Invalid apikey'],
  'invalid-key': [401, 'Invalid apikey'],
  'expired-key': [401, 'Invalid apikey'],
  'not-enabled': [401, 'Invalid apikey'],
  billing: [401, 'Invalid apikey'],
  'over-quota': [429, 'Too many requests'],
  'too-many-requests': [429, 'Too many requests'],
  internal: [500, 'Internal server error'],
  'bad-gateway': [502, 'Bad gateway'],
  unavailable: [503, 'Service unavailable'],
  'unknown-error': [500, 'Unknown error'],
  'error-in-200': [200, 'Internal server error'],
};

type Element = {
  readonly status: string;
  readonly distance?: { readonly value: number };
  readonly duration?: { readonly value: number };
};
const isPoint = (point: Point | undefined): point is Point => point !== undefined && isOnEarth(point);
type Body = { readonly rows: readonly { readonly elements: readonly Element[] }[] };

const elementOf = (leg: Leg | undefined): Element =>
  leg
    ? { status: 'OK', distance: { value: leg.metres }, duration: { value: leg.seconds } }
    : { status: 'FAIL' };

const recordedLegs = (file: FixtureFile): ReadonlyMap<string, Leg | undefined> => {
  const legs = new Map<string, Leg | undefined>();
  for (const { request, response } of file.cases) {
    const { query = {} } = request;
    if (query['apikey'] !== plainKey || response.httpStatus !== 200) continue;
    const pace = modes.get(query['mode'] ?? 'driving') ?? 'drive';
    const destinations = readPoints(query['destinations'] ?? null);
    readPoints(query['origins'] ?? null).forEach((from, row) => {
      destinations.forEach((to, column) => {
        const element = (response.body as Body).rows[row]?.elements[column];
        const leg = element?.distance &&
          element.duration && { metres: element.distance.value, seconds: element.duration.value };
        if (from && to) legs.set(legKey(from, to, pace), leg);
      });
    });
  }
  return legs;
};

const matrixOf = (
  origins: readonly Point[],
  destinations: readonly Point[],
  legOf: (from: Point, to: Point) => Leg | undefined,
): Body => ({
  rows: origins.map((from) => ({ elements: destinations.map((to) => elementOf(legOf(from, to))) })),
});

const show = (body: Body, headers: Readonly<Record<string, string>>): Answer => {
  const found = body.rows.some(({ elements }) => elements.some(({ status }) => status === 'OK'));
  return { status: 200, headers, body: JSON.stringify(body), outcome: found ? 'ok' : 'no_match' };
};

export const yandexDistance = (file: FixtureFile): StandIn => {
  const equal = replay(file);
  const legs = legsFrom(recordedLegs(file));

  const failure = (status: number, message: string): Answer => ({
    status,
    headers: file.headers,
    body: JSON.stringify({ errors: [message] }),
    outcome: 'invalid',
  });
  const trouble = (kind: Trouble): Answer => ({ ...failure(...troubles[kind]), outcome: outcomeOf[kind] });

  const answer = (call: Call, mark: Marker): Answer => {
    const { query } = call;
    const [origins, destinations] = [readPoints(query.get('origins')), readPoints(query.get('destinations'))];
    if ([...origins, ...destinations].some((point) => point && looksSwapped(point)))
      mark('swapped_coordinates');
    const recorded = equal(call);
    if (recorded) return recorded;
    const wrong = (message: string): Answer => {
      mark('malformed');
      return failure(400, message);
    };
    if (cellsOf(query) > mostCells) return wrong('matrix size exceeds 100');
    const pace = modes.get(query.get('mode') ?? 'driving');
    if (!pace) return wrong('unknown mode');
    if (origins.length === 0 || destinations.length === 0)
      return wrong('origins and destinations are required');
    if (!origins.every(isPoint) || !destinations.every(isPoint)) return wrong('a point is not lat,lon');
    return show(
      matrixOf(origins, destinations, (from, to) => legs(from, to, pace)),
      file.headers,
    );
  };

  return {
    name: 'yandex-distance',
    serves: (method, asked) => method === 'GET' && asked === path,
    keyOf: ({ query }) => query.get('apikey') ?? undefined,
    units: ({ query }) => cellsOf(query),
    answer,
    trouble,
    recorded: recordedByKey(file, ({ request }) => request.query?.['apikey']),
  };
};
