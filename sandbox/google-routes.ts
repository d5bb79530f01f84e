import { masked, readFieldMask, sameMask, type FieldMask } from './field-mask.ts';
import { plainKey, recordedByKey, type FixtureFile } from './fixtures.ts';
import { hash32 } from './hash.ts';
import { looksSwapped, pointKey, type Point } from './places.ts';
import type { KnownHouses } from './resolve.ts';
import { legKey, legsFrom, type Leg, type LegBetween } from './road.ts';
import {
  countElements,
  mostElements,
  paceOf,
  parseJson,
  readRoutesRequest,
  type RoutesRequest,
} from './routes-request.ts';
import { routesTrouble, rpcError } from './routes-trouble.ts';
import type { Answer, Call, Marker, StandIn } from './stand-in.ts';

const path = '/distanceMatrix/v2:computeRouteMatrix';

type Element = Readonly<Record<string, unknown>>;
type Recorded = { readonly elements: readonly Element[]; readonly mask: FieldMask };

const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

const maskOf = ({ headers, query }: Call): string | undefined =>
  textOf(headers['x-goog-fieldmask']) ?? query.get('$fields') ?? query.get('fields') ?? undefined;

const requestKey = ({ origins, destinations, travelMode, routingPreference }: RoutesRequest): string => {
  const list = (points: readonly (Point | undefined)[]): string =>
    points.map((point) => (point ? pointKey(point) : '?')).join('|');
  return `${list(origins)}>${list(destinations)}>${travelMode}>${routingPreference}`;
};

const indexFixtures = (
  file: FixtureFile,
  known: KnownHouses,
): {
  readonly matrices: ReadonlyMap<string, Recorded>;
  readonly legs: ReadonlyMap<string, Leg | undefined>;
} => {
  const matrices = new Map<string, Recorded>();
  const legs = new Map<string, Leg | undefined>();
  for (const { request, response } of file.cases) {
    const mask = readFieldMask(request.headers?.['x-goog-fieldmask'] ?? '');
    const content = readRoutesRequest(request.body, known);
    const plain = request.headers?.['x-goog-api-key'] === plainKey && response.httpStatus === 200;
    if (!plain || !mask || typeof content === 'string') continue;
    const elements = response.body as readonly Element[];
    matrices.set(requestKey(content), { elements, mask });
    if (content.routingPreference !== 'TRAFFIC_UNAWARE') continue;
    for (const element of elements) {
      const from = content.origins[Number(element['originIndex'])];
      const to = content.destinations[Number(element['destinationIndex'])];
      const key = from && to && legKey(from, to, paceOf(content.travelMode));
      // If the same pair has a leg in one case and an error in another, the first one is kept.
      if (key !== undefined && !legs.has(key)) legs.set(key, legOf(element));
    }
  }
  return { matrices, legs };
};

const legOf = (element: Element): Leg | undefined =>
  element['condition'] === 'ROUTE_EXISTS'
    ? {
        metres: Number(element['distanceMeters'] ?? 0),
        seconds: Number.parseInt(String(element['duration']), 10),
      }
    : undefined;

const elementOf = (origin: number, destination: number, leg: Leg | undefined): Element => ({
  originIndex: origin,
  destinationIndex: destination,
  status: {},
  // proto3 omits zero.
  ...(leg && leg.metres > 0 ? { distanceMeters: leg.metres } : {}),
  ...(leg ? { duration: `${leg.seconds}s` } : {}),
  condition: leg ? 'ROUTE_EXISTS' : 'ROUTE_NOT_FOUND',
});

/** Any order is permitted; this one is deterministic and differs from the order of the request. */
const shuffled = (elements: readonly Element[], seed: string): Element[] =>
  elements
    .map((element, index) => ({ element, rank: hash32(`${seed}#${index}`) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ element }) => element);

const compute = (request: RoutesRequest, legs: LegBetween): Element[] => {
  const { origins, destinations, travelMode } = request;
  const pace = paceOf(travelMode);
  const elements = origins.flatMap((from, origin) =>
    destinations.map((to, destination): Element => {
      if (from && to) return elementOf(origin, destination, legs(from, to, pace));
      const status = { code: 3, message: 'Invalid waypoint.' };
      return { originIndex: origin, destinationIndex: destination, status };
    }),
  );
  return shuffled(elements, requestKey(request));
};

export const googleRoutes = (file: FixtureFile, known: KnownHouses): StandIn => {
  const indexed = indexFixtures(file, known);
  const legs = legsFrom(indexed.legs);

  const invalid = (message: string): Answer => ({
    status: 400,
    headers: file.headers,
    body: rpcError(400, message, 'INVALID_ARGUMENT'),
    outcome: 'invalid',
  });

  const answer = (call: Call, mark: Marker): Answer => {
    const maskText = maskOf(call);
    if (maskText === undefined || maskText.trim() === '') {
      mark('missing_field_mask');
      return invalid('FieldMask is a required parameter.');
    }
    const mask = readFieldMask(maskText);
    const request = readRoutesRequest(parseJson(call.body), known);
    if (!mask || typeof request === 'string') {
      mark('malformed');
      return invalid(typeof request === 'string' ? request : 'Request contains an invalid field mask.');
    }
    const most = mostElements(request);
    if (request.origins.length * request.destinations.length > most) {
      mark('malformed');
      return invalid(`Too many elements: the product of origins and destinations exceeds ${most}.`);
    }
    const swapped = [...request.origins, ...request.destinations].some(
      (point) => point && looksSwapped(point),
    );
    if (swapped) mark('swapped_coordinates');
    const recorded = indexed.matrices.get(requestKey(request));
    const elements = recorded?.elements ?? compute(request, legs);
    const equal = recorded !== undefined && sameMask(mask, recorded.mask);
    const body = JSON.stringify(equal ? elements : elements.map((element) => masked(element, mask)));
    const found = elements.some((element) => element['condition'] === 'ROUTE_EXISTS');
    return { status: 200, headers: file.headers, body, outcome: found ? 'ok' : 'no_match' };
  };

  return {
    name: 'routes',
    serves: (method, asked) => method === 'POST' && asked === path,
    keyOf: ({ headers, query }) => textOf(headers['x-goog-api-key']) ?? query.get('key') ?? undefined,
    units: ({ body }) => countElements(parseJson(body)),
    answer,
    trouble: routesTrouble(file.headers),
    recorded: recordedByKey(file, ({ request }) => request.headers?.['x-goog-api-key']),
  };
};
