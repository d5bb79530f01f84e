import { recordedByKey, replay, type FixtureFile } from './fixtures.ts';
import { googleCandidates, type GoogleBody, type GoogleCandidates } from './google-candidates.ts';
import { inCountry, languageOf, passes, readComponents } from './google-request.ts';
import {
  googleCountry,
  googleResult,
  plusCodeOf,
  type GoogleResult,
  type Language,
} from './google-result.ts';
import { googleTrouble } from './google-trouble.ts';
import { isOnEarth, looksSwapped, readPair, type Point } from './places.ts';
import { plusCode } from './plus-code.ts';
import { coarser, resolveAddress, resolvePoint, type KnownHouses } from './resolve.ts';
import type { Answer, Call, Marker, StandIn } from './stand-in.ts';

const path = '/maps/api/geocode/json';

/** A page of results, or the service's message about the error in the request. */
type Answered = GoogleBody | string;

const missing = "Invalid request. Missing the 'address', 'components', 'latlng' or 'place_id' parameter.";
const tooMany = 'Invalid request. Only one of address, latlng and place_id is allowed.';
/** With a place id there is nothing to bias. */
const tooMuchBesideId = 'Invalid request. place_id cannot be combined with region or bounds.';
const invalidParameter = (name: string): string => `Invalid request. Invalid '${name}' parameter.`;

const body = (results: readonly GoogleResult[], more: Partial<GoogleBody> = {}): GoogleBody => ({
  ...more,
  results,
  status: results.length > 0 ? 'OK' : 'ZERO_RESULTS',
});

const reverse = (point: Point, language: Language, query: URLSearchParams): GoogleBody => {
  const found = resolvePoint(point);
  if (!found) return body([], { plus_code: { global_code: plusCode(point) } });
  const results = [
    googleResult(found, language),
    googleResult(coarser(found, 'street'), language),
    googleResult(coarser(found, 'city'), language),
    googleCountry(found, language),
  ];
  const passed = results.filter((result) => passes(result, query));
  return body(passed, { plus_code: plusCodeOf(point, found) });
};

type Knowledge = { readonly candidates: GoogleCandidates; readonly known: KnownHouses };

const forward = ({ candidates, known }: Knowledge, query: URLSearchParams, language: Language): Answered => {
  const asked = query.get('address') ?? '';
  const components = readComponents(query.get('components') ?? '');
  if (!components) return invalidParameter('components');
  const recorded = candidates.byAddress(asked, query);
  const found = recorded ? undefined : resolveAddress([asked, components.text].join(', '), known);
  const results = recorded?.results ?? (found ? [googleResult(found, language)] : []);
  return body(results.filter((result) => inCountry(result, components.countries)));
};

const backward = (
  { candidates }: Knowledge,
  point: Point | undefined,
  query: URLSearchParams,
  language: Language,
): Answered => {
  if (!point || !isOnEarth(point)) return invalidParameter('latlng');
  const recorded = candidates.byPoint(point, query);
  if (!recorded) return reverse(point, language, query);
  const results = recorded.results.filter((result) => passes(result, query));
  return body(results, recorded.plus_code ? { plus_code: recorded.plus_code } : {});
};

const byId = ({ candidates }: Knowledge, placeId: string): Answered => {
  const result = candidates.byPlaceId(placeId);
  return result ? body([result]) : { results: [], status: 'NOT_FOUND' };
};

const look = (
  knowledge: Knowledge,
  query: URLSearchParams,
  point: Point | undefined,
  language: Language,
): Answered => {
  const ways = [
    query.has('address') || query.has('components'),
    query.has('latlng'),
    query.has('place_id'),
  ].filter(Boolean).length;
  if (ways !== 1) return ways === 0 ? missing : tooMany;
  if (query.has('latlng')) return backward(knowledge, point, query, language);
  const placeId = query.get('place_id');
  if (placeId === null) return forward(knowledge, query, language);
  return query.has('region') || query.has('bounds') ? tooMuchBesideId : byId(knowledge, placeId);
};

const show = (answered: Answered, headers: Readonly<Record<string, string>>): Answer => {
  if (typeof answered === 'string') {
    const content = { error_message: answered, results: [], status: 'INVALID_REQUEST' };
    return { status: 400, headers, body: JSON.stringify(content), outcome: 'invalid' };
  }
  const outcome = answered.results.length > 0 ? 'ok' : 'no_match';
  return { status: 200, headers, body: JSON.stringify(answered), outcome };
};

export const googleGeocoding = (file: FixtureFile, known: KnownHouses): StandIn => {
  const equal = replay(file);
  const knowledge = { candidates: googleCandidates(file), known };

  const answer = (call: Call, mark: Marker): Answer => {
    const { query } = call;
    const language = languageOf(call, mark);
    const pair = readPair(query.get('latlng') ?? '');
    const point = pair && { lat: pair[0], lng: pair[1] };
    // Checked before the fixtures are searched: a swapped pair is one of them, and has to be counted.
    if (point && looksSwapped(point)) mark('swapped_coordinates');
    const recorded = equal(call);
    if (recorded) return recorded;
    const answered = look(knowledge, query, point, language);
    if (typeof answered === 'string') mark('malformed');
    return show(answered, file.headers);
  };

  return {
    name: 'google',
    serves: (method, asked) => method === 'GET' && asked === path,
    keyOf: ({ query }) => query.get('key') ?? undefined,
    units: () => 1,
    answer,
    trouble: googleTrouble(file.headers, { results: [] }),
    recorded: recordedByKey(file, ({ request }) => request.query?.['key']),
  };
};
