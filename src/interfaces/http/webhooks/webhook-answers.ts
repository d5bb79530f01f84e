import type { AcceptedDelivery } from '../../../application/commands/accept-delivery.ts';
import type {
  DeliveryRefusal,
  RefusedDelivery,
  UsedUpRate,
} from '../../../application/webhooks/delivery-refusal.ts';
import { windowMs } from '../../../domain/rate-limit/quota.ts';
import type { Random } from '../../../domain/shared/clock.ts';
import type { HandshakeAnswer } from '../../../domain/webhook/delivery/handshake.ts';
import { JSON_HEADERS, NO_PAGE, NO_STORE, type FlatHeaders, type WholeReply } from '../../wire/reply.ts';

type Row = { readonly status: number; readonly error: string };

const unavailable: Row = { status: 503, error: 'unavailable' };
const tooMany: Row = { status: 429, error: 'too-many-requests' };

/** What a sender is told: few words for many reasons, which only the owner of the webhook may learn. */
export const refusalRows = {
  'unknown-address': { status: 404, error: 'not-found' },
  gone: { status: 410, error: 'gone' },
  disabled: { status: 403, error: 'forbidden' },
  'address-refused': { status: 403, error: 'forbidden' },
  flooding: tooMany,
  'encoding-refused': { status: 415, error: 'unsupported-encoding' },
  'too-large': { status: 413, error: 'too-large' },
  'too-slow': { status: 408, error: 'request-timeout' },
  'broken-off': { status: 400, error: 'malformed-request' },
  'too-busy': unavailable,
  'not-authentic': { status: 401, error: 'unauthenticated' },
  'handshake-mismatch': { status: 403, error: 'forbidden' },
  'over-limit': tooMany,
  'spool-full': tooMany,
  'secret-unreadable': unavailable,
  'proof-unknown': unavailable,
  'storage-unavailable': unavailable,
} as const satisfies Record<DeliveryRefusal['kind'], Row>;

/** The row for this sender: GitLab disables a webhook after 4xx answers. */
const rowOf = ({ refusal, source }: RefusedDelivery): Row => {
  const row = refusalRows[refusal.kind];
  return row === tooMany && (source === 'gitlab' || source === 'gitlab_signing') ? unavailable : row;
};

/** Sending again would not help. */
const PERMANENT = new Set([401, 403, 404, 410, 413, 415]);
export const isPermanent = (status: number): boolean => PERMANENT.has(status);

/**
 * RFC 9110 section 15.5.2 requires a challenge with every 401. It is the same for all webhooks, so that it does not
 * tell what a webhook expects, and its scheme is none for which a client would send a password.
 */
const CHALLENGE = 'Webhook realm="integration-service"';

export const refusedReply = (refused: RefusedDelivery, random: Random): WholeReply => {
  const { status, error } = rowOf(refused);
  const headers = [...JSON_HEADERS];
  if (refused.source === 'slack' && isPermanent(status)) headers.push('X-Slack-No-Retry', '1');
  if (status === 401) headers.push('WWW-Authenticate', CHALLENGE);
  if (status === 415) headers.push('Accept-Encoding', 'identity');
  if (status === 429 || status === 503) {
    const wait = waitSeconds(refused.refusal, random);
    headers.push('Retry-After', String(wait));
    if (status === 429 && 'window' in refused.refusal) headers.push(...rateHeaders(refused.refusal, wait));
  }
  return { status, headers, body: `{"ok":false,"error":"${error}"}` };
};

export const refusalStatus = (refused: RefusedDelivery): number => rowOf(refused).status;

/** The headers that calls have (call-headers.ts), and those of earlier drafts, which more senders know. */
const rateHeaders = ({ window, limit }: UsedUpRate, resetSeconds: number): FlatHeaders => {
  const policy = `"tenant-webhook-${window}"`;
  return [
    ['RateLimit', `${policy};r=0;t=${resetSeconds}`],
    ['RateLimit-Policy', `${policy};q=${limit};w=${windowMs[window] / 1000}`],
    ['RateLimit-Limit', String(limit)],
    ['RateLimit-Remaining', '0'],
    ['RateLimit-Reset', String(resetSeconds)],
  ].flat();
};

const LONGEST_WAIT_SECONDS = 60;
/** Range for waits of unknown length; random, so that senders do not come back all at once. */
const SHORTEST_GUESS_SECONDS = 5;
const LONGEST_GUESS_SECONDS = 30;

const waitSeconds = (refusal: DeliveryRefusal, random: Random): number =>
  'retryAfterMs' in refusal
    ? Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(refusal.retryAfterMs / 1000)))
    : SHORTEST_GUESS_SECONDS + Math.floor(random() * (LONGEST_GUESS_SECONDS - SHORTEST_GUESS_SECONDS + 1));

export const handshakeReply = ({ status, contentType, body }: HandshakeAnswer): WholeReply =>
  reply(status, contentType, body);

/** The same answer to a repeat as to the first delivery: the sender should stop in either case. */
export const acceptedReply = ({ source, handshake, response }: AcceptedDelivery): WholeReply => {
  if (handshake !== undefined) return handshakeReply(handshake);
  const status = response?.status ?? 200;
  if (source === 'telegram') return reply(status, undefined, '');
  if (source === 'twilio' && !isTwiml(response)) return reply(status, TWIML, '');
  if (response?.body === undefined) return reply(status, 'application/json', '{"ok":true}');
  return reply(status, response.contentType ?? 'text/plain; charset=utf-8', response.body);
};

/**
 * Telegram and Twilio act on answers: Telegram takes one for a call of its API, so it gets an empty one. Twilio takes
 * it for a program, which only the owner of the webhook may write, even if it is just `<Response/>`. Twilio accepts
 * nothing but XML, and about its error 12300 says: "You must return a Content-Type for all requests".
 */
const TWIML = 'text/xml';
const XML = /^(?:text|application)\/xml(?:;|$)/i;

const isTwiml = (response: AcceptedDelivery['response']): boolean =>
  response?.body !== undefined && XML.test(response.contentType ?? '');

/** RFC 9110, sections 15.3.5 and 15.3.6: these have no content, and therefore no Content-Type. */
const WITHOUT_CONTENT = new Set([204, 205]);

const reply = (status: number, contentType: string | undefined, body: string): WholeReply => {
  if (WITHOUT_CONTENT.has(status)) return { status, headers: NO_STORE, body: undefined };
  const headers =
    contentType === undefined ? NO_STORE : ['Content-Type', contentType, ...NO_PAGE, ...NO_STORE];
  return { status, headers, body };
};
