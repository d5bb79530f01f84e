import { outcomeOf, type Answer, type Trouble } from './stand-in.ts';

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};
const troubles: Readonly<Record<Trouble, readonly [status: number, message?: string]>> = {
  'no-key': [403, 'Invalid api key'],
  'invalid-key': [403, 'Invalid api key'],
  'expired-key': [403, 'Invalid api key'],
  'not-enabled': [403, 'Invalid api key'],
  billing: [403, 'Invalid api key'],
  'over-quota': [429, 'Limit is exceeded'],
  'too-many-requests': [429, 'Limit is exceeded'],
  // Without a message: an HTML page.
  internal: [500],
  'bad-gateway': [502],
  unavailable: [503],
  'unknown-error': [500, 'Unknown error'],
  'error-in-200': [200, 'Internal error'],
};
const html: Readonly<Record<number, string>> = {
  500: '<html><body>Internal Server Error</body></html>',
  502: '<html><body>Bad Gateway</body></html>',
  503: '<html><body>Service Temporarily Unavailable</body></html>',
};

type Headers = Readonly<Record<string, string>>;

/** The service's refusal of a request: `error` is a string here, not an object. */
export const yandexFailure = (headers: Headers, status: number, message: string): Answer => ({
  status,
  headers,
  body: JSON.stringify({ statusCode: status, error: statusTexts[status], message }),
  outcome: 'invalid',
});

export const yandexTrouble =
  (headers: Headers) =>
  (kind: Trouble): Answer => {
    const [status, message] = troubles[kind];
    const outcome = outcomeOf[kind];
    if (message === undefined) {
      return { status, headers: { 'content-type': 'text/html' }, body: html[status] ?? '', outcome };
    }
    const code = status === 200 ? 500 : status;
    return { ...yandexFailure(headers, code, message), status, outcome };
  };
