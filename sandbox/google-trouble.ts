import { outcomeOf, type Answer, type Call, type Trouble } from './stand-in.ts';

const html = { 'content-type': 'text/html; charset=UTF-8' };
const page = (status: number, title: string): { status: number; body: string } => ({
  status,
  body: `<!DOCTYPE html><title>Error ${status} (${title})!!1</title>`,
});

/** Failures reported by a `status` word with HTTP 200. */
const words: Readonly<Partial<Record<Trouble, readonly [status: string, message?: string]>>> = {
  'no-key': [
    'REQUEST_DENIED',
    'You must use an API key to authenticate each request to Google Maps Platform APIs.',
  ],
  'invalid-key': ['REQUEST_DENIED', 'The provided API key is invalid.'],
  'expired-key': ['REQUEST_DENIED', 'The provided API key is expired.'],
  'not-enabled': ['REQUEST_DENIED', 'This API project is not authorized to use this API.'],
  billing: ['OVER_DAILY_LIMIT', 'You have exceeded your daily request quota for this API.'],
  'over-quota': ['OVER_QUERY_LIMIT', 'You have exceeded your rate-limit for this API.'],
  'unknown-error': ['UNKNOWN_ERROR'],
};

const pages: Readonly<Partial<Record<Trouble, { status: number; body: string }>>> = {
  'too-many-requests': page(429, 'Too Many Requests'),
  internal: page(500, 'Server Error'),
  'bad-gateway': page(502, 'Server Error'),
  unavailable: page(503, 'Service Unavailable'),
};

const badSignature =
  "Unable to authenticate the request. Provided 'signature' is not valid for the provided client ID, or the provided 'client' is not valid.";

/** Failures of the Maps web services, geocoding and legacy matrix; `empty` is their answer without results. */
export const googleTrouble =
  (headers: Readonly<Record<string, string>>, empty: Readonly<Record<string, unknown>>) =>
  (kind: Trouble, { query }: Call): Answer => {
    const outcome = outcomeOf[kind];
    if (kind === 'no-key' && query.has('client') && query.has('signature')) {
      return { status: 403, headers: html, body: badSignature, outcome };
    }
    const found = pages[kind];
    if (found) return { ...found, headers: html, outcome };
    const [status, message] = words[kind] ?? [];
    const body = status
      ? { ...(message ? { error_message: message } : {}), ...empty, status }
      : { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } };
    return { status: 200, headers, body: JSON.stringify(body), outcome };
  };
