import * as t from 'io-ts';
import { LONGEST_RETRY_AFTER_MS, type HttpAnswer } from './http-answer.ts';

/** The google.rpc.Code for an HTTP status, for answers that do not state it themselves. */
export const rpcWords: { readonly [status: number]: string | undefined } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
};

const errorInfo = t.type({ reason: t.string });

/** The reasons among the details of an error (google.rpc.ErrorInfo). */
export const reasonsIn = (details: readonly unknown[]): readonly string[] =>
  details.flatMap((detail) => (errorInfo.is(detail) ? [detail.reason] : []));

/** The cause of an error: the reasons among its details, or its text if there are none. */
export type Cause = { readonly reasons: readonly string[]; readonly text: string };

/** As in google.api.ErrorReason, and in the wording used before 2023. Either may come with HTTP 403. */
const QUOTA_REASONS = /^(user_?)?(rate_?limit|daily_?limit|concurrent_?limit|(resource_?)?quota)_?exceeded$/i;
const QUOTA_TEXTS = /^(user )?(rate limit|daily limit|concurrent limit|quota) exceeded/i;

export const blamesQuota = ({ reasons, text }: Cause): boolean =>
  reasons.some((reason) => QUOTA_REASONS.test(reason)) || QUOTA_TEXTS.test(text);

/** Google reports a bad key as an invalid argument, HTTP 400. */
const KEY_REASONS = /^(API_KEY_|keyInvalid$|keyExpired$)/;
const KEY_TEXTS = /^API key (not valid|expired)/;

export const blamesKey = ({ reasons, text }: Cause): boolean =>
  reasons.some((reason) => KEY_REASONS.test(reason)) || KEY_TEXTS.test(text);

const retryInfo = t.type({ retryDelay: t.string });
/** A google.protobuf.Duration as JSON: "17s", "3.500s". */
const DURATION = /^(\d{1,9}(?:\.\d{1,9})?)s$/;

/** Milliseconds to wait according to the details of an error (google.rpc.RetryInfo); undefined if they do not say. */
const retryDelayIn = (details: readonly unknown[]): number | undefined => {
  const delay = details.find(retryInfo.is)?.retryDelay;
  const [, seconds] = DURATION.exec(delay ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
};

/** The answer with the longer one of two waits: that of its header and that of the error's details. */
export const waitingAsSaid = (answer: HttpAnswer, details: readonly unknown[]): HttpAnswer => {
  const delayMs = retryDelayIn(details);
  return delayMs === undefined || delayMs < (answer.retryAfterMs ?? 0)
    ? answer
    : { ...answer, retryAfterMs: Math.min(delayMs, LONGEST_RETRY_AFTER_MS) };
};
