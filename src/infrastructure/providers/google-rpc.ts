import * as t from 'io-ts';
import { LONGEST_RETRY_AFTER_MS, type HttpAnswer } from './http-answer.ts';

/** What Google's APIs call an HTTP status where an answer does not say it itself (google.rpc.Code). */
export const rpcWords: { readonly [status: number]: string | undefined } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
};

const errorInfo = t.type({ reason: t.string });

/** Reasons among the details of an error (google.rpc.ErrorInfo). */
export const reasonsIn = (details: readonly unknown[]): readonly string[] =>
  details.flatMap((detail) => (errorInfo.is(detail) ? [detail.reason] : []));

/** What an error says of its cause: the reasons among its details, and its text where there are none. */
export type Cause = { readonly reasons: readonly string[]; readonly text: string };

/** As google.api.ErrorReason has it, and in the words from before 2023. Either may come as 403. */
const QUOTA_REASONS = /^(user_?)?(rate_?limit|daily_?limit|concurrent_?limit|(resource_?)?quota)_?exceeded$/i;
const QUOTA_TEXTS = /^(user )?(rate limit|daily limit|concurrent limit|quota) exceeded/i;

export const blamesQuota = ({ reasons, text }: Cause): boolean =>
  reasons.some((reason) => QUOTA_REASONS.test(reason)) || QUOTA_TEXTS.test(text);

/** Google calls a bad key an argument, HTTP 400. */
const KEY_REASONS = /^(API_KEY_|keyInvalid$|keyExpired$)/;
const KEY_TEXTS = /^API key (not valid|expired)/;

export const blamesKey = ({ reasons, text }: Cause): boolean =>
  reasons.some((reason) => KEY_REASONS.test(reason)) || KEY_TEXTS.test(text);

const retryInfo = t.type({ retryDelay: t.string });
/** A google.protobuf.Duration as JSON: "17s", "3.500s". */
const DURATION = /^(\d{1,9}(?:\.\d{1,9})?)s$/;

/** Milliseconds that the details of an error ask to wait (google.rpc.RetryInfo); undefined where they say nothing. */
const retryDelayIn = (details: readonly unknown[]): number | undefined => {
  const delay = details.find(retryInfo.is)?.retryDelay;
  const [, seconds] = DURATION.exec(delay ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
};

/** The answer with the longer of the waits that its header and the details of its error ask for. */
export const waitingAsSaid = (answer: HttpAnswer, details: readonly unknown[]): HttpAnswer => {
  const delayMs = retryDelayIn(details);
  return delayMs === undefined || delayMs < (answer.retryAfterMs ?? 0)
    ? answer
    : { ...answer, retryAfterMs: Math.min(delayMs, LONGEST_RETRY_AFTER_MS) };
};
