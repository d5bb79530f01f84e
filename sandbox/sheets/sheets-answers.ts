import { damaged } from '../faults.ts';
import type { Answer, Outcome } from '../stand-in.ts';
import { unauthenticated } from './access.ts';
import { methods } from './methods.ts';
import { envelope, Refusal } from './refusal.ts';
import type { CallName } from './routes.ts';
import type { SheetsFault } from './sheets-faults.ts';
import { quotaRefusal } from './sheets-quota.ts';

const headers = {
  'content-type': 'application/json; charset=UTF-8',
  vary: 'Origin, X-Origin, Referer',
  'cache-control': 'private',
  server: 'ESF',
};
const html = { 'content-type': 'text/html; charset=UTF-8' };
const badGateway = '<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>';

const outcomeFor = (status: number): Outcome => {
  if (status < 300) return 'ok';
  if (status === 401 || status === 403) return 'denied';
  if (status === 429) return 'over_quota';
  return status < 500 ? 'invalid' : 'server_error';
};

export const jsonAnswer = (status: number, body: unknown): Answer => ({
  status,
  headers,
  body: JSON.stringify(body),
  outcome: outcomeFor(status),
});

export const refusalAnswer = (refusal: Refusal, legacy: boolean): Answer => ({
  ...jsonAnswer(refusal.code, undefined),
  headers:
    refusal.status === 'UNAUTHENTICATED'
      ? {
          ...headers,
          'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
        }
      : headers,
  body: envelope(refusal, legacy),
});

export const notFoundPage: Answer = {
  status: 404,
  headers: html,
  body: '<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title></html>',
  outcome: 'invalid',
};

const badGatewayPage: Answer = { status: 502, headers: html, body: badGateway, outcome: 'server_error' };

const serviceRefusals: Readonly<Record<string, (kind: 'read' | 'write') => Refusal>> = {
  '401': unauthenticated,
  '429': (kind) => quotaRefusal(kind, 'account', '000000000000'),
  '500': () => new Refusal('INTERNAL', 'Internal error encountered.'),
  '503': () => new Refusal('UNAVAILABLE', 'The service is currently unavailable.'),
};
const tokenErrors: Readonly<Record<string, string>> = {
  '401': 'invalid_client',
  '429': 'rate_limit_exceeded',
  '500': 'internal_failure',
  '503': 'temporarily_unavailable',
};

/** The answer of a fault with an HTTP status; undefined for faults of the connection or the body. */
const statusAnswer = ({ mode }: SheetsFault, call: CallName, legacy: boolean): Answer | undefined => {
  const status = mode.slice(0, 3);
  if (status === '502') return badGatewayPage;
  if (call === 'token') {
    return status in tokenErrors ? jsonAnswer(Number(status), { error: tokenErrors[status] }) : undefined;
  }
  const refusal = serviceRefusals[status]?.(methods[call].kind);
  return refusal && refusalAnswer(refusal, legacy);
};

const withRetryAfter = (answer: Answer, seconds: number | undefined): Answer =>
  seconds === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };

const gone = jsonAnswer(500, {});

/** The answer instead of carrying the call out. The caller of a dropped or hanging connection never sees it. */
export const earlyAnswer = (fault: SheetsFault, call: CallName, legacy: boolean): Answer =>
  withRetryAfter(statusAnswer(fault, call, legacy) ?? gone, fault.retry_after_s);

/** What the caller sees of the answer to a call that was carried out. */
export const lateAnswer = (answer: Answer, fault: SheetsFault, call: CallName, legacy: boolean): Answer => {
  switch (fault.mode) {
    case 'html':
    case 'truncated':
    case 'type':
      return damaged(answer, { mode: fault.mode });
    default:
      return withRetryAfter(statusAnswer(fault, call, legacy) ?? answer, fault.retry_after_s);
  }
};
