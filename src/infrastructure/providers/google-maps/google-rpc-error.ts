import * as t from 'io-ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { blamesKey, blamesQuota, reasonsIn, rpcWords, waitingAsSaid, type Cause } from '../google-rpc.ts';
import {
  credentialsRejected,
  notUnderstood,
  overQuota,
  requestRejected,
  unavailable,
  type HttpAnswer,
} from '../http-answer.ts';
import { isText, textIn } from '../loose-fields.ts';
import { quoted } from '../provider-text.ts';

const rpcError = t.type({
  error: t.partial({
    code: t.unknown,
    status: t.unknown,
    message: t.unknown,
    details: t.unknown,
    errors: t.unknown,
  }),
});

/** Reasons with which no request of this project will succeed, whatever it asks (google.api.ErrorReason). */
const PROJECT_REASONS =
  /^((SERVICE|BILLING|CONSUMER|ACCESS_TOKEN|ACCOUNT|ORG|GCP|RESOURCE_PROJECT)_|(OVERLOADED_)?CREDENTIALS|\w+_POLICY_)/;

/** A streaming method wraps its error in an array, others do not; an error may also end a good array. */
export const googleRpcFailure = (
  json: unknown,
  answer: HttpAnswer,
  access: ProviderAccess,
): ProviderError | undefined => {
  for (const entry of Array.isArray(json) ? json : [json]) {
    const decoded = rpcError.decode(entry);
    if (!isLeft(decoded)) return failureOf(decoded.right.error, answer, access);
  }
  return undefined;
};

const failureOf = (
  { code, status, message, details, errors }: t.TypeOf<typeof rpcError>['error'],
  came: HttpAnswer,
  access: ProviderAccess,
): ProviderError => {
  const text = textIn(message) ?? '';
  const said = quoted(text, access);
  const answer = waitingAsSaid(came, entriesOf(details));
  const cause: Cause = { reasons: reasonsIn([...entriesOf(details), ...entriesOf(errors)]), text };
  if (blamesQuota(cause)) return overQuota(`RESOURCE_EXHAUSTED${said}`, answer.retryAfterMs);
  if (blamesKey(cause) || cause.reasons.some((reason) => PROJECT_REASONS.test(reason)))
    return credentialsRejected(`key refused${said}`);
  const known = rpcWords[typeof code === 'number' ? code : answer.status] ?? 'failed';
  const word = isText(status) && /^[A-Z_]{1,40}$/.test(status) ? status : known;
  switch (word) {
    case 'RESOURCE_EXHAUSTED':
      return overQuota(`RESOURCE_EXHAUSTED${said}`, answer.retryAfterMs);
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return credentialsRejected(`${word}${said}`);
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'OUT_OF_RANGE':
      return requestRejected(`${word}${said}`);
    // Points and addresses are never "not found" this way: it is the method, so the base URL is wrong.
    case 'NOT_FOUND':
    case 'UNIMPLEMENTED':
      return notUnderstood(`${word}${said}`);
    default:
      return unavailable(`${word}${said}`, answer);
  }
};

const entriesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** google.rpc.Code inside one element of a matrix. */
export const rpcCodeFailure = (code: number): ProviderError => {
  const message = `the route failed with google.rpc code ${code}`;
  if (code === 3 || code === 5 || code === 9 || code === 11) return requestRejected(message);
  if (code === 7 || code === 16) return credentialsRejected(message);
  return code === 8 ? overQuota(message) : unavailable(message);
};
