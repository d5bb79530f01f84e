import { readFileSync } from 'node:fs';

import { isRecord, type Answer, type Call, type Outcome } from './stand-in.ts';

/** One recorded exchange of test/fixtures, in the format of the files. */
export type FixtureCase = {
  readonly id: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly response: {
    readonly httpStatus: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
};

/** The key with which every successful fixture was recorded: it selects no fault. */
export const plainKey = 'SANDBOX-OK';

const read = (file: string): Readonly<Record<string, unknown>> => {
  const parsed: unknown = JSON.parse(
    readFileSync(new URL(`../test/fixtures/${file}.json`, import.meta.url), 'utf8'),
  );
  return isRecord(parsed) ? parsed : {};
};

/** Some cases only describe their request: "(11 points)", or a body of `_`. */
const isConcrete = ({ request }: FixtureCase): boolean =>
  !Object.values(request.query ?? {}).some((value) => value.startsWith('(')) &&
  !(isRecord(request.body) && '_' in request.body);

export type FixtureFile = {
  readonly cases: readonly FixtureCase[];
  readonly headers: Readonly<Record<string, string>>;
};

const load = (file: string, section: string, headers: Readonly<Record<string, string>>): FixtureFile => {
  const content = read(file);
  const own = content['_defaultHeaders'];
  return {
    // The fixtures are data of this repository: the tests that replay them ensure their format.
    cases: (content[section] as readonly FixtureCase[]).filter(isConcrete),
    headers: { ...headers, ...(own as Readonly<Record<string, string>> | undefined) },
  };
};

const googleJson = { 'content-type': 'application/json; charset=UTF-8' };
const yandexJson = { 'content-type': 'application/json; charset=utf-8' };

export type Fixtures = {
  readonly googleGeocoding: FixtureFile;
  readonly googleMatrix: FixtureFile;
  readonly googleRoutes: FixtureFile;
  readonly yandexGeocoder: FixtureFile;
  readonly yandexDistance: FixtureFile;
};

/** Reads the four files from disk; throws when one is missing. */
export const loadFixtures = (): Fixtures => ({
  googleGeocoding: load('google-geocode', 'cases', googleJson),
  googleMatrix: load('google-distance', 'legacyDistanceMatrix', googleJson),
  googleRoutes: load('google-distance', 'computeRouteMatrix', googleJson),
  yandexGeocoder: load('yandex-geocode', 'cases', yandexJson),
  yandexDistance: load('yandex-distance', 'cases', yandexJson),
});

const wordOutcomes: Readonly<Record<string, Outcome>> = {
  ZERO_RESULTS: 'no_match',
  REQUEST_DENIED: 'denied',
  OVER_DAILY_LIMIT: 'denied',
  OVER_QUERY_LIMIT: 'over_quota',
  INVALID_REQUEST: 'invalid',
  UNKNOWN_ERROR: 'server_error',
};

const outcomeFor = ({ httpStatus, body, rawBody }: FixtureCase['response']): Outcome => {
  if (httpStatus === 429) return 'over_quota';
  if (httpStatus === 401 || httpStatus === 403) return 'denied';
  if (httpStatus >= 500) return 'server_error';
  if (httpStatus >= 400) return 'invalid';
  if (rawBody !== undefined) return 'damaged';
  const word = isRecord(body) ? body['status'] : undefined;
  return (typeof word === 'string' ? wordOutcomes[word] : undefined) ?? 'ok';
};

const recordedAnswer = ({ response }: FixtureCase, headers: Readonly<Record<string, string>>): Answer => ({
  status: response.httpStatus,
  headers: { ...headers, ...response.headers },
  body: response.rawBody ?? JSON.stringify(response.body),
  outcome: outcomeFor(response),
});

/** Fixtures recorded with a key of their own answer every request with that key. */
export const recordedByKey = (
  file: FixtureFile,
  keyOf: (fixture: FixtureCase) => string | undefined,
): ReadonlyMap<string, Answer> => {
  const found = new Map<string, Answer>();
  for (const fixture of file.cases) {
    const key = keyOf(fixture);
    if (key !== undefined && key !== plainKey) found.set(key, recordedAnswer(fixture, file.headers));
  }
  return found;
};

/** The parameter that contains the key, for either provider. */
export const isSecretParameter = (name: string): boolean => name === 'key' || name === 'apikey';

const withoutKey = (pairs: Iterable<readonly [string, string]>): string =>
  [...pairs]
    .filter(([name]) => !isSecretParameter(name))
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('&');

/** Answers requests that equal a fixture's request in the whole query. */
export const replay = (file: FixtureFile): ((call: Call) => Answer | undefined) => {
  const plain = file.cases.filter(({ request }) =>
    [request.query?.['key'], request.query?.['apikey']].includes(plainKey),
  );
  const answers = new Map(
    plain.map((fixture) => [
      `${fixture.request.path}?${withoutKey(Object.entries(fixture.request.query ?? {}))}`,
      recordedAnswer(fixture, file.headers),
    ]),
  );
  return (call) => answers.get(`${call.path}?${withoutKey(call.query)}`);
};
