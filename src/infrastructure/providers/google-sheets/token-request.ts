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
  /** From then on another one is asked for. */
  readonly renewAt: number;
};
type Deps = { readonly http: ProviderHttp; readonly clock: Clock };

const SCOPE = 'https://www.googleapis.com/auth/spreadsheets';
/** For all who wait for it, so of none of them; each of them waits no longer than it may. */
const TIMEOUT_MS = 10_000;
const MOST_TRIES = 3;
const nobodyLeaves = new AbortController().signal;

/**
 * A token for all who wait for it. A request that came to no answer is made again, as Google's library would: with it
 * everybody would fail at once. An answer is taken for what it is.
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

/** Google's library signs the assertion and writes the request; where it goes is the configuration's word alone. */
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
      // The library's own address is a constant, and it would try again after answers too.
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

/** A number; servers that write it as a text are not rare. */
const secondsIn = (value: unknown): number | undefined => {
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : undefined;
};

/** What Google gives when it does not say, or says nothing that can be read. */
const USUAL_LIFE_S = 3_599;
/** As Google's library does: no token ends while a call with it is on its way. */
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
  if (!/^[!-~]+$/.test(text))
    return left(notUnderstood('the token endpoint answered with a token that is none'));
  const expiresAt = now + lifeMs;
  // One of a few minutes would be renewed with every call.
  const renewAt = Math.max(expiresAt - RENEWED_BEFORE_MS, now + lifeMs / 2);
  return right({ text, expiresAt, renewAt });
};

/** What a caller asked of a spreadsheet has no part in it, so none of these is the caller's to mend. */
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

/** Under others an `error` is that of a server, which has never seen a token. */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403]);

const refusalIn = (answer: HttpAnswer, asked: Asked): ProviderError | undefined => {
  const body = decodedAs(tokenError, answer);
  return isLeft(body) ? undefined : saidOf(body.right, answer, asked);
};

/** Of an endpoint that fails under a status that is not for that. */
const OUT_OF_ORDER: readonly string[] = ['temporarily_unavailable', 'server_error', 'internal_failure'];
/** The words of RFC 6749 section 5.2 and the like; some of them are as long as a key. */
const ERROR_WORD = /^[a-z]+(_[a-z]+)+$/;

const saidOf = (
  { error, error_description }: t.TypeOf<typeof tokenError>,
  answer: HttpAnswer,
  { access, account: { key } }: Asked,
): ProviderError => {
  if (OUT_OF_ORDER.includes(error)) return unavailable('the token endpoint is not there for now', answer);
  if (error === 'rate_limit_exceeded') return tooMany('too many tokens were asked for', answer);
  const word = ERROR_WORD.test(error) ? `: ${error}` : quoted(error, access);
  const said = `${word}${quoted(textIn(error_description), access)}`;
  return credentialsRejected(`no token for the service account ${key.clientEmail}${said}`);
};
