import * as t from 'io-ts';
import type { Attempt, CallError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';
import { isRight, type Either } from '../../domain/shared/fp.ts';
import { jsonIn } from '../../domain/shared/json.ts';
import { attemptWith } from './attempt-codec.ts';
import type { Served } from './call.ts';

/** What the leader of a flight reports to its followers on other replicas. */
export type FlightNews =
  | {
      readonly kind: 'answer';
      readonly serviceId: string;
      readonly alsoFrom?: readonly string[];
      readonly besideFailures?: boolean;
      /**
       * When the leader asked the first provider, in epoch milliseconds of the clock that dates cache entries; the time
       * this message takes to arrive is unknown. Absent from a replica of an older version.
       */
      readonly askedAt?: number;
      readonly value: unknown;
    }
  /** A failure that followers share; `budgetMs` is the time that the leader had for the call. */
  | { readonly kind: 'failure'; readonly error: CallError; readonly budgetMs: number }
  /** Followers should read the cache, where the answer is if it may be stored. */
  | { readonly kind: 'look' }
  /** There is no outcome to share: another call must become the leader. */
  | { readonly kind: 'given-up' };

/** Characters. A larger answer is not sent: followers read it from the cache. */
const LARGEST_NEWS = 64 * 1024;

/**
 * Also used for answers that may not be stored: the message goes to waiting calls only and is kept in no store. `epoch`
 * is added to monotonic milliseconds to get entry dates (`epochOf`).
 */
export const newsOf = (
  result: Either<CallError, Served<unknown>>,
  { budgetMs, epoch }: { readonly budgetMs: number; readonly epoch: number },
): FlightNews => {
  if (isRight(result)) {
    const { service, alsoFrom, besideFailures, askedAt, value } = result.right;
    const from = {
      ...(alsoFrom && { alsoFrom }),
      ...(besideFailures && { besideFailures }),
      ...(askedAt !== undefined && { askedAt: Math.floor(epoch + askedAt) }),
    };
    return service.id === undefined
      ? { kind: 'look' }
      : { kind: 'answer', serviceId: service.id, ...from, value };
  }
  const error = result.left;
  const isShared = error.kind === 'call-failed' || error.kind === 'all-providers-failed';
  return isShared ? { kind: 'failure', error, budgetMs } : { kind: 'given-up' };
};

export const newsText = (news: FlightNews): string => {
  const text = JSON.stringify(news);
  return text.length > LARGEST_NEWS ? JSON.stringify({ kind: 'look' } satisfies FlightNews) : text;
};

/** Decodes a message from another replica; undefined when it is not understood, as with another version. */
export const newsFrom = (text: string): FlightNews | undefined => {
  const decoded = news.decode(jsonIn(text));
  return isRight(decoded) ? (decoded.right as FlightNews) : undefined;
};

const oneOf = <K extends string>(names: { readonly [name in K]: null }) => t.keyof({ ...names });

const outcome = oneOf<Attempt['outcome']>({
  ok: null,
  'poor-match': null,
  'no-match': null,
  'quota-exceeded': null,
  'provider-unavailable': null,
  'breaker-open': null,
  'provider-timeout': null,
  'credentials-rejected': null,
  'request-rejected': null,
  'resource-not-found': null,
  'outcome-unknown': null,
  'answer-not-understood': null,
  'not-supported': null,
});

const attempt = attemptWith(outcome);

const window = t.type({
  subjectId: t.string,
  window: oneOf({ minute: null, hour: null, day: null, month: null }),
  limit: t.number,
  used: t.number,
  remaining: t.number,
  resetsAt: t.number,
});

const providerFailure = t.union([
  t.intersection([
    t.type({
      kind: t.literal('quota-exceeded'),
      scope: oneOf({ tenant: null, service: null, provider: null }),
      retryAfterMs: t.number,
      message: t.string,
    }),
    t.partial({ window }),
  ]),
  t.intersection([
    t.type({ kind: t.literal('provider-unavailable'), message: t.string }),
    t.partial({ retryAfterMs: t.number }),
  ]),
  t.type({ kind: t.literal('breaker-open'), retryAfterMs: t.number, message: t.string }),
  t.type({
    kind: oneOf<Exclude<ProviderErrorKind, 'quota-exceeded' | 'provider-unavailable' | 'breaker-open'>>({
      'provider-timeout': null,
      'credentials-rejected': null,
      'request-rejected': null,
      'resource-not-found': null,
      'outcome-unknown': null,
      'answer-not-understood': null,
      'not-supported': null,
    }),
    message: t.string,
  }),
]);

const providerError = t.intersection([providerFailure, t.partial({ status: t.number })]);

const error = t.union([
  t.type({ kind: t.literal('call-failed'), error: providerError, attempts: t.array(attempt) }),
  t.type({
    kind: t.literal('all-providers-failed'),
    attempts: t.array(attempt),
    retryAfterMs: t.number,
  }),
]);

const news = t.union([
  t.intersection([
    t.type({ kind: t.literal('answer'), serviceId: t.string, value: t.unknown }),
    t.partial({ alsoFrom: t.array(t.string), besideFailures: t.boolean, askedAt: t.number }),
  ]),
  t.type({ kind: t.literal('failure'), error, budgetMs: t.number }),
  t.type({ kind: t.literal('look') }),
  t.type({ kind: t.literal('given-up') }),
]);
