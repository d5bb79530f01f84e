import type { Decoder } from 'io-ts';
import { nothingSent } from '../../../domain/provider/nothing-sent.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import { isCrowded } from '../crowded-json.ts';
import { decodedAs, notUnderstood, tooLarge, withStatus, type HttpAnswer } from '../http-answer.ts';
import type { ProviderHttp } from '../provider-http.ts';
import { withoutSlash } from '../provider-text.ts';
import type { AnswerAllowance, AnswerBudget } from '../answer-budget.ts';
import type { AccountTokens } from './account-tokens.ts';
import { clientTransport, outcomeOf, type Transported } from './client-transport.ts';
import { sheetsClient, type SheetsClient, type SheetsOptions } from './google-client.ts';
import { accountFor, GOOGLE_SHEETS_URL, type Account } from './service-accounts.ts';
import { sheetsFailure } from './sheets-failure.ts';
import { timeLeft } from './time-left.ts';

export type SheetsQuestion<A> = {
  /** A write whose end is unclear is `outcome-unknown`; a read may simply be repeated. */
  readonly kind: 'read' | 'write';
  readonly answer: Decoder<unknown, A>;
  readonly call: (client: SheetsClient, options: SheetsOptions) => Promise<unknown>;
};
export type SheetsAsker = {
  /** Makes sure that there is a token which is valid for a while. */
  readonly prepare: (access: ProviderAccess) => AsyncResult<ProviderError, void>;
  /** Renews the token once if it is refused; resolves within the time that `access` allows, tokens included. */
  readonly ask: <A>(access: ProviderAccess, question: SheetsQuestion<A>) => AsyncResult<ProviderError, A>;
};

/**
 * Reads beside the one call that an access was granted for: each of them is counted, and waits for its turn, before it
 * is sent.
 */
export const askerBeside = (
  { prepare, ask }: SheetsAsker,
  { monotonic }: Pick<Clock, 'monotonic'>,
): SheetsAsker => ({
  prepare,
  ask: async (access, question) => {
    if (access.account === undefined) return ask(access, question);
    const endAt = monotonic() + access.timeoutMs;
    const place = await access.account.another(COUNTED[question.kind], access);
    return isLeft(place) ? place : ask({ ...access, timeoutMs: Math.max(1, endAt - monotonic()) }, question);
  },
});

const COUNTED = { read: 'reads', write: 'writes' } as const;

type Deps = {
  readonly http: ProviderHttp;
  readonly clock: Clock;
  readonly tokens: AccountTokens;
  readonly budget: AnswerBudget;
};

/** For renewing a token that was revoked meanwhile, when a writer's turn may be held: later ones ask beforehand. */
const RENEWAL_MS = 2_000;

export const sheetsAsker = (deps: Deps): SheetsAsker => ({
  prepare: async (access) => {
    const account = accountFor(access);
    if (isLeft(account)) return account;
    const token = await deps.tokens.tokenFor(access, account.right, 'read');
    return isLeft(token) ? left(nothingSent(token.left)) : right(undefined);
  },
  // Held until the answer is decoded and its text is no longer needed.
  ask: async (access, question) => {
    const allowance = deps.budget.open();
    try {
      return await askWithin(deps, access, question, allowance);
    } finally {
      allowance.giveBack();
    }
  },
});

const askWithin = async <A>(
  { http, clock, tokens }: Deps,
  access: ProviderAccess,
  question: SheetsQuestion<A>,
  allowance: AnswerAllowance,
): AsyncResult<ProviderError, A> => {
  const account = accountFor(access);
  if (isLeft(account)) return account;
  const now = timeLeft(clock, access);
  const { kind } = question;
  for (let renewed = false; ; renewed = true) {
    const token = await tokens.tokenFor(renewed ? asRenewal(now()) : now(), account.right, kind);
    if (isLeft(token)) return kind === 'write' ? left(nothingSent(token.left)) : token;
    const sent = await send({ http, allowance }, now(), token.right, question);
    if (!renewed && isUnauthenticated(sent)) tokens.refused(account.right, token.right);
    else return meaningOf(sent, question, { access, account: account.right, now: clock.now() });
  }
};

const send = async <A>(
  { http, allowance }: Pick<Deps, 'http'> & { readonly allowance: AnswerAllowance },
  access: ProviderAccess,
  token: string,
  { call }: SheetsQuestion<A>,
): Promise<Transported> => {
  const client = await sheetsClient();
  const transport = clientTransport(http, access, allowance.take);
  return outcomeOf(transport, call(client, { ...transport.options, ...addressed(access, token) }));
};

const asRenewal = (access: ProviderAccess): ProviderAccess => ({
  ...access,
  timeoutMs: Math.min(access.timeoutMs, RENEWAL_MS),
});

/** Passed with each call, path prefix included: an origin set for the client as a whole would lose it. */
const addressed = (access: ProviderAccess, token: string): SheetsOptions => ({
  rootUrl: `${withoutSlash(access.baseUrl ?? GOOGLE_SHEETS_URL)}/`,
  headers: { Authorization: `Bearer ${token}` },
});

const isUnauthenticated = ({ outcome }: Transported): boolean =>
  !isLeft(outcome) && outcome.right.status === 401;

type Asked = { readonly access: ProviderAccess; readonly account: Account; readonly now: number };

const meaningOf = <A>(
  { outcome, sent }: Transported,
  question: SheetsQuestion<A>,
  asked: Asked,
): Either<ProviderError, A> => {
  if (!isLeft(outcome)) return withStatus(outcome.right)(saidIn(outcome.right, question, asked));
  const { left: failure } = outcome;
  return left(question.kind === 'write' ? writeWithoutAnswer(failure, sent) : readWithoutAnswer(failure));
};

const saidIn = <A>(
  answer: HttpAnswer,
  { kind, answer: decoder }: SheetsQuestion<A>,
  { access, account, now }: Asked,
): Either<ProviderError, A> => {
  const failure = sheetsFailure(answer, { access, clientEmail: account.key.clientEmail, now, kind });
  if (failure?.kind === 'quota-exceeded') access.account?.refused(COUNTED[kind], failure.retryAfterMs);
  if (failure !== undefined) return left(kind === 'write' ? failedWrite(failure, answer) : failure);
  const decoded = decodedAs(decoder, answer);
  if (!isLeft(decoded)) return right(decoded.right);
  const { message } = decoded.left;
  if (kind === 'write') return left(outcomeUnknown(message));
  return left(isCrowded(answer.text) ? tooLarge(message) : notUnderstood(message));
};

/** Google returns as much as its callers ask for. */
const readWithoutAnswer = (error: ProviderError): ProviderError =>
  error.kind === 'answer-not-understood' && error.isTooLarge === true ? TOO_MUCH : error;
const TOO_MUCH = tooLarge('more cells than one answer may hold; ask for less at a time');

const writeWithoutAnswer = (error: ProviderError, sent: boolean): ProviderError =>
  sent ? outcomeUnknown(error.message) : nothingSent(error);

/** A server that fails or breaks off may have done the work before; a refusal means that it did not. */
const failedWrite = (failure: ProviderError, { status }: HttpAnswer): ProviderError =>
  status >= 500 || status === 408 || status === 499
    ? { ...outcomeUnknown(failure.message), ...waitIn(failure) }
    : failure;

const waitIn = (failure: ProviderError): { readonly retryAfterMs?: number } =>
  failure.kind === 'provider-unavailable' && failure.retryAfterMs !== undefined
    ? { retryAfterMs: failure.retryAfterMs }
    : {};

export const outcomeUnknown = (reason: string): ProviderError => ({
  kind: 'outcome-unknown',
  message: `whether it was written is not known: ${reason}`,
});
