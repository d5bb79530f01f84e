import { plainKey, type FixtureCase, type FixtureFile } from './fixtures.ts';
import type { GoogleResult } from './google-result.ts';
import { pointKey, readPair, type Point } from './places.ts';

export type GoogleBody = {
  readonly plus_code?: { readonly compound_code?: string; readonly global_code: string };
  readonly results: readonly GoogleResult[];
  readonly status: string;
};

type Candidate = { readonly query: Readonly<Record<string, string>>; readonly body: GoogleBody };

const usable = ({ request, response }: FixtureCase): boolean =>
  request.query?.['key'] === plainKey && response.httpStatus === 200 && response.body !== undefined;

/** A request without a language matches any fixture; a different language does not, since the texts would be wrong. */
const speaks = (candidate: Candidate, query: URLSearchParams): boolean => {
  const asked = query.get('language');
  const own = candidate.query['language'];
  return !asked || own === undefined || own.slice(0, 2) === asked.slice(0, 2).toLowerCase();
};

export type GoogleCandidates = {
  readonly byAddress: (address: string, query: URLSearchParams) => GoogleBody | undefined;
  readonly byPoint: (point: Point, query: URLSearchParams) => GoogleBody | undefined;
  readonly byPlaceId: (placeId: string) => GoogleResult | undefined;
};

/**
 * Fixtures for a request that equals none of theirs: with another `region`, `bounds` or number of decimals. Those
 * recorded with `components` or a filter match only equal requests; the caller filters the others itself.
 */
export const googleCandidates = (file: FixtureFile): GoogleCandidates => {
  const addresses = new Map<string, Candidate[]>();
  const points = new Map<string, Candidate[]>();
  const places = new Map<string, GoogleResult>();
  for (const fixture of file.cases.filter(usable)) {
    const query = fixture.request.query ?? {};
    const body = fixture.response.body as GoogleBody;
    for (const result of body.results) places.set(result.place_id, result);
    if (['components', 'result_type', 'location_type'].some((name) => name in query)) continue;
    const pair = readPair(query['latlng'] ?? '');
    const key = pair ? pointKey({ lat: pair[0], lng: pair[1] }) : (query['address'] ?? '').trim();
    const index = pair ? points : addresses;
    index.set(key, [...(index.get(key) ?? []), { query, body }]);
  }
  const fitting = (list: readonly Candidate[] | undefined, query: URLSearchParams): GoogleBody | undefined =>
    list?.find((candidate) => speaks(candidate, query))?.body;
  return {
    byAddress: (address, query) => fitting(addresses.get(address.trim()), query),
    byPoint: (point, query) => fitting(points.get(pointKey(point)), query),
    byPlaceId: (placeId) => places.get(placeId),
  };
};
