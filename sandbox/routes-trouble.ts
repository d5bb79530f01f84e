import { outcomeOf, type Answer, type Trouble } from './stand-in.ts';

type Detail = { readonly reason: string };

/** A streaming method wraps its error in an array over REST. */
export const rpcError = (code: number, message: string, status: string, detail?: Detail): string =>
  JSON.stringify([
    {
      error: {
        code,
        message,
        status,
        ...(detail
          ? {
              details: [
                {
                  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                  reason: detail.reason,
                  domain: 'googleapis.com',
                  metadata: { service: 'routes.googleapis.com' },
                },
              ],
            }
          : {}),
      },
    },
  ]);

type Wording = readonly [code: number, status: string, message: string, reason?: string];

const badKey: Wording = [
  400,
  'INVALID_ARGUMENT',
  'API key not valid. Please pass a valid API key.',
  'API_KEY_INVALID',
];
const overQuota: Wording = [
  429,
  'RESOURCE_EXHAUSTED',
  "Quota exceeded for quota metric 'Compute Route Matrix elements' and limit 'elements per minute' of service 'routes.googleapis.com'.",
  'RATE_LIMIT_EXCEEDED',
];

const wordings: Readonly<Record<Trouble, Wording>> = {
  'no-key': [
    403,
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer identity to call this API.",
  ],
  'invalid-key': badKey,
  'expired-key': [400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.', 'API_KEY_INVALID'],
  'not-enabled': [
    403,
    'PERMISSION_DENIED',
    'Routes API has not been used in project 0 before or it is disabled.',
    'SERVICE_DISABLED',
  ],
  billing: [403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.', 'BILLING_DISABLED'],
  'over-quota': overQuota,
  'too-many-requests': overQuota,
  internal: [500, 'INTERNAL', 'Internal error encountered.'],
  'bad-gateway': [502, 'UNAVAILABLE', 'Bad gateway.'],
  unavailable: [503, 'UNAVAILABLE', 'The service is currently unavailable.'],
  'unknown-error': [500, 'UNKNOWN', 'Unknown error.'],
  'error-in-200': [500, 'INTERNAL', 'Internal error encountered.'],
};

const html = { 'content-type': 'text/html; charset=UTF-8' };

export const routesTrouble =
  (headers: Readonly<Record<string, string>>) =>
  (kind: Trouble): Answer => {
    const [code, status, message, reason] = wordings[kind];
    const outcome = outcomeOf[kind];
    if (kind === 'bad-gateway') {
      const body = '<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>';
      return { status: 502, headers: html, body, outcome };
    }
    const body = rpcError(code, message, status, reason === undefined ? undefined : { reason });
    return { status: kind === 'error-in-200' ? 200 : code, headers, body, outcome };
  };
