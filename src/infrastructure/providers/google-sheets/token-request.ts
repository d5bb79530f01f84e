import * as t from 'io-ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import {
  credentialsRejected,
  decodedAs,
  notUnderstood,
  overQuota,
  statusFailure,
  unavailable,
  withStatus,
  type HttpAnswer,
} from '../http-answer.ts';
import { textIn } from '../loose-fields.ts';
import type { ProviderHttp } from '../provider-http.ts';
import { quoted } from '../provider-text.ts';
import { clientTransport, outcomeOf } from './client-transport.ts';
import { googleClient } from './google-client.ts';
import type { Account } from './service-accounts.ts';

/** Times are epoch milliseconds. */
export type Token = {
  readonly text: string;
  readonly expiresAt: number;
  /** From then on another token is requested. */
  readonly renewAt: number;
};
type Deps = { readonly http: ProviderHttp; readonly clock: Clock };

const SCOPE = 'https://www.googleapis.com/auth/spreadsheets';
/** Independent of any single waiting caller; each of them waits only as long as it may. */
const TIMEOUT_MS = 10_000;
const MOST_TRIES = 3;
const nobodyLeaves = new AbortController().signal;

/**
 * Requests a token for all callers that wait for it. A request without an answer is repeated, as Google's library
 * would, since otherwise everybody would fail at once. Any answer is final.
 */
export const requestToken = async (
  deps: Deps,
  access: ProviderAccess,
  account: Account,
): AsyncResult<ProviderError, Token> => {
  const { clock } = deps;
  const endAt = clock.monotonic() + TIMEOUT_MS;
  for (let tries = 1; ; tries += 1) {
    const timeoutMs = endAt - clock.monotonic();
    const outcome = await askOnce(deps, { ...access, signal: nobodyLeaves, timeoutMs }, account);
    if (!isLeft(outcome))
      return withStatus(outcome.right)(tokenIn(outcome.right, { access, account }, clock.now()));
    if (tries === MOST_TRIES || clock.monotonic() >= endAt) return outcome;
  }
};

/** Google's library signs the assertion and builds the request; only the configuration decides where it goes. */
const askOnce = async (
  { http }: Deps,
  access: ProviderAccess,
  { key, tokenUrl }: Account,
): AsyncResult<ProviderError, HttpAnswer> => {
  const transport = clientTransport(http, access);
  const { auth } = await googleClient();
  const { responseType: _, ...transporterOptions } = transport.options;
  const jwt = new auth.JWT({
    email: key.clientEmail,
    key: key.privateKey,
    scopes: [SCOPE],
    transporterOptions,
  });
  jwt.transporter.interceptors.request.add({
    resolved: async (config) => {
      // The library's own URL is a constant, and it would retry after answers, too.
      config.url = new URL(tokenUrl);
      config.retry = false;
      config.retryConfig = { retry: 0, noResponseRetries: 0 };
      return config;
    },
  });
  const { outcome } = await outcomeOf(transport, jwt.authorize());
  return outcome;
};

/** RFC 6749 sections 5.1 and 5.2. */
const tokenAnswer = t.intersection([
  t.type({ access_token: t.string }),
  t.partial({ expires_in: t.unknown }),
]);
const tokenError = t.intersection([t.type({ error: t.string }), t.partial({ error_description: t.unknown })]);

/** A number; servers that send it as text are not rare. */
const secondsIn = (value: unknown): number | undefined => {
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : undefined;
};

/** Google's usual lifetime, used if the answer states none, or none that can be read. */
const USUAL_LIFE_S = 3_599;
/** As in Google's library: no token expires while a call with it is under way. */
const RENEWED_BEFORE_MS = 5 * 60_000;

type Asked = { readonly access: ProviderAccess; readonly account: Account };

const tokenIn = (answer: HttpAnswer, asked: Asked, now: number): Either<ProviderError, Token> => {
  const failure = failureOf(answer, asked);
  if (failure !== undefined) return left(failure);
  const body = decodedAs(tokenAnswer, answer);
  if (isLeft(body))
    return left(refusalIn(answer, asked) ?? notUnderstood('the token endpoint answered without a token'));
  const { access_token: text } = body.right;
  const lifeMs = (secondsIn(body.right.expires_in) ?? USUAL_LIFE_S) * 1000;
  // It goes into a header.
  if (!/^[!-~]+$/.test(text)) return left(notUnderstood('the token endpoint answered with an invalid token'));
  const expiresAt = now + lifeMs;
  // A token of a few minutes would otherwise be renewed with every call.
  const renewAt = Math.max(expiresAt - RENEWED_BEFORE_MS, now + lifeMs / 2);
  return right({ text, expiresAt, renewAt });
};

/** None of these is the caller's to fix, since the request for a token contains nothing of what the caller asked. */
const otherFailure = (answer: HttpAnswer): ProviderError | undefined => {
  const failure = statusFailure(answer);
  const said = `the token endpoint answered HTTP ${answer.status}`;
  if (failure?.kind === 'request-rejected') return credentialsRejected(said);
  if (failure?.kind === 'answer-not-understood') return notUnderstood(`${said}: "token_url" leads elsewhere`);
  return failure && { ...failure, message: said };
};

const tooMany = (message: string, { retryAfterMs }: HttpAnswer): ProviderError => ({
  ...overQuota(message, retryAfterMs),
  isBeforeLine: true,
});

const failureOf = (answer: HttpAnswer, asked: Asked): ProviderError | undefined => {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status === 429) return tooMany('the token endpoint answered HTTP 429', answer);
  if (status >= 500) return unavailable(`the token endpoint answered HTTP ${status}`, answer);
  return (REFUSING.has(status) ? refusalIn(answer, asked) : undefined) ?? otherFailure(answer);
};

/** With other statuses, an `error` comes from a server that has never seen a token. */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403]);

const refusalIn = (answer: HttpAnswer, asked: Asked): ProviderError | undefined => {
  const body = decodedAs(tokenError, answer);
  return isLeft(body) ? undefined : saidOf(body.right, answer, asked);
};

/** Errors of an endpoint that fails with a status meant for refusals. */
const OUT_OF_ORDER: readonly string[] = ['temporarily_unavailable', 'server_error', 'internal_failure'];
/** Error words of RFC 6749 section 5.2 and the like; some of them are as long as a key. */
const ERROR_WORD = /^[a-z]+(_[a-z]+)+$/;

const saidOf = (
  { error, error_description }: t.TypeOf<typeof tokenError>,
  answer: HttpAnswer,
  { access, account: { key } }: Asked,
): ProviderError => {
  if (OUT_OF_ORDER.includes(error))
    return unavailable('the token endpoint is unavailable at the moment', answer);
  if (error === 'rate_limit_exceeded') return tooMany('too many tokens were asked for', answer);
  const word = ERROR_WORD.test(error) ? `: ${error}` : quoted(error, access);
  const said = `${word}${quoted(textIn(error_description), access)}`;
  return credentialsRejected(`no token for the service account ${key.clientEmail}${said}`);
};
