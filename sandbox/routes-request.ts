import { isOnEarth, type Point } from './places.ts';
import { resolveAddress, type KnownHouses } from './resolve.ts';
import type { Pace } from './road.ts';
import { isRecord } from './stand-in.ts';

/** A waypoint given as an unknown address or as a place id has no point: its cells fail. */
export type RoutesRequest = {
  readonly origins: readonly (Point | undefined)[];
  readonly destinations: readonly (Point | undefined)[];
  readonly travelMode: string;
  readonly routingPreference: string;
};

const travelModes: ReadonlyMap<string, Pace> = new Map([
  ['DRIVE', 'drive'],
  ['TWO_WHEELER', 'drive'],
  ['WALK', 'walk'],
  ['BICYCLE', 'cycle'],
  ['TRANSIT', 'transit'],
]);
const preferences = ['TRAFFIC_UNAWARE', 'TRAFFIC_AWARE', 'TRAFFIC_AWARE_OPTIMAL'];
const mostByText = 50;

export const paceOf = (travelMode: string): Pace => travelModes.get(travelMode) ?? 'drive';

/** At most 100 cells with traffic or timetables, 625 otherwise. */
export const mostElements = ({ travelMode, routingPreference }: RoutesRequest): number =>
  travelMode === 'TRANSIT' || routingPreference === 'TRAFFIC_AWARE_OPTIMAL' ? 100 : 625;

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const field = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);

type Waypoint = { readonly point: Point | undefined; readonly byText: boolean };

/** Undefined for an invalid waypoint or one outside the globe: the whole request is refused. */
const readWaypoint = (value: unknown, known: KnownHouses): Waypoint | undefined => {
  const address = field(value, 'waypoint', 'address');
  if (typeof address === 'string') return { point: resolveAddress(address, known)?.point, byText: true };
  if (typeof field(value, 'waypoint', 'placeId') === 'string') return { point: undefined, byText: true };
  const lat = field(value, 'waypoint', 'location', 'latLng', 'latitude');
  const lng = field(value, 'waypoint', 'location', 'latLng', 'longitude');
  if (typeof lat !== 'number' || typeof lng !== 'number') return undefined;
  return isOnEarth({ lat, lng }) ? { point: { lat, lng }, byText: false } : undefined;
};

/** The request, or the service's message about the error in it. */
export const readRoutesRequest = (content: unknown, known: KnownHouses): RoutesRequest | string => {
  if (!isRecord(content)) return 'Invalid JSON payload received.';
  const read = (name: string): (Waypoint | undefined)[] => {
    const list = content[name];
    return Array.isArray(list) ? list.map((item: unknown) => readWaypoint(item, known)) : [];
  };
  const [origins, destinations] = [read('origins'), read('destinations')];
  if (origins.length === 0 || destinations.length === 0) return 'Origins and destinations must be set.';
  const all = [...origins, ...destinations];
  if (all.includes(undefined)) return 'Request contains an invalid waypoint.';
  if (all.filter((waypoint) => waypoint?.byText).length > mostByText) {
    return `Too many waypoints specified by address or place id: at most ${mostByText} are allowed.`;
  }
  const travelMode = content['travelMode'] ?? 'DRIVE';
  const routingPreference = content['routingPreference'] ?? 'TRAFFIC_UNAWARE';
  if (typeof travelMode !== 'string' || !travelModes.has(travelMode)) {
    return "Invalid value at 'travel_mode'.";
  }
  if (typeof routingPreference !== 'string' || !preferences.includes(routingPreference)) {
    return "Invalid value at 'routing_preference'.";
  }
  if (content['routingPreference'] !== undefined && travelModes.get(travelMode) !== 'drive') {
    return 'Routing preference cannot be set for the travel mode.';
  }
  return {
    origins: origins.map((waypoint) => waypoint?.point),
    destinations: destinations.map((waypoint) => waypoint?.point),
    travelMode,
    routingPreference,
  };
};

/** The number of cells in a matrix body, 1 if it cannot be parsed: the billed units. */
export const countElements = (content: unknown): number => {
  const size = (name: string): number => {
    const list = field(content, name);
    return Array.isArray(list) ? list.length : 0;
  };
  return Math.max(1, size('origins') * size('destinations'));
};
