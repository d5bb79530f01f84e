import * as t from 'io-ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { blamesKey, blamesQuota, reasonsIn, rpcWords, waitingAsSaid, type Cause } from '../google-rpc.ts';
import {
  credentialsRejected,
  decodedAs,
  notUnderstood,
  overQuota,
  requestRejected,
  statusFailure,
  unavailable,
  type HttpAnswer,
} from '../http-answer.ts';
import { textIn } from '../loose-fields.ts';
import { quoted } from '../provider-text.ts';

const envelope = t.type({ error: t.UnknownRecord });

/**
 * From google.rpc.ErrorInfo, in capitals: all reasons of google.api.ErrorReason concern the caller's project or
 * account, so that no call of theirs will succeed. A spreadsheet that is not shared has no reason, or the old
 * "forbidden".
 */
const ACCOUNT_REASONS = /^(?!IAM_)[A-Z][A-Z_]*$|^(accessNotConfigured|insufficientPermissions)$/;
/** The same for answers without a reason. */
const ACCOUNT_TEXTS =
  /has not been used in project|is disabled|authentication scopes|unregistered callers|missing a valid API key/;

type Asked = {
  readonly access: ProviderAccess;
  readonly clientEmail: string;
  readonly now: number;
  readonly kind: 'read' | 'write';
};
type Said = Cause & {
  readonly word: string;
  /** With the wait that the body asks for, if that is longer. */
  readonly answer: HttpAnswer;
};

/** The meaning of an answer other than a good one; undefined for a good one. The body says more than the status. */
export const sheetsFailure = (received: HttpAnswer, asked: Asked): ProviderError | undefined => {
  if (received.status >= 200 && received.status < 300) return undefined;
  const said = saidBy(received);
  if (said === undefined) return bareFailure(received, asked);
  const { answer } = said;
  const quote = quoted(withoutValues(said.text), asked.access);
  switch (said.word) {
    case 'UNAUTHENTICATED':
      return credentialsRejected(`UNAUTHENTICATED${quote}`);
    case 'PERMISSION_DENIED':
      return blamesQuota(said)
        ? overQuota(`PERMISSION_DENIED${quote}`, answer.retryAfterMs ?? untilNextMinute(asked.now))
        : permissionDenied(said, quote, asked);
    case 'NOT_FOUND':
      return { kind: 'resource-not-found', message: `no spreadsheet of this id${quote}` };
    case 'RESOURCE_EXHAUSTED':
      return overQuota(`RESOURCE_EXHAUSTED${quote}`, answer.retryAfterMs ?? untilNextMinute(asked.now));
    case 'FAILED_PRECONDITION':
      return placeRejected(failedPrecondition(said.text, quote));
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
    case 'ALREADY_EXISTS':
      // None of our callers sends a key: a gateway before Google adds it.
      return blamesKey(said)
        ? credentialsRejected(`${said.word}${quote}`)
        : invalidArgument(said.text, `${said.word}${quote}`);
    case 'ABORTED':
    case 'CANCELLED':
      return unavailable(`${said.word}${quote}`, answer);
    case 'UNIMPLEMENTED':
      return notUnderstood(`UNIMPLEMENTED${quote}`);
    default:
      return bareFailure(answer, asked);
  }
};

/** Refused whatever is written there, and by whom. */
export const placeRejected = (
  message: string,
): Extract<ProviderError, { readonly kind: 'request-rejected' }> => ({
  kind: 'request-rejected',
  message,
  isOfPlace: true,
});

/** Also the text for sheets that do not exist. */
const NO_SUCH_RANGE = /^Unable to parse range/;
/** People protect columns and whole sheets. */
const CLOSED = /protected cell or object/;
const FULL = /above the limit of \d+ cells/;

const invalidArgument = (text: string, message: string): ProviderError => {
  if (NO_SUCH_RANGE.test(text)) return placeRejected(message);
  const rejected = requestRejected(message);
  if (CLOSED.test(text)) return { ...rejected, isOfColumns: true };
  return FULL.test(text) ? { ...rejected, isOfSize: true } : rejected;
};

/** Google quotes what it was sent in double quotes, cell values among it. */
const withoutValues = (text: string): string => text.replace(/".*("|$)/su, '"…"');

const saidBy = (answer: HttpAnswer): Said | undefined => {
  const body = decodedAs(envelope, answer);
  if (isLeft(body)) return undefined;
  const { error } = body.right;
  const details = entriesOf(error['details']);
  // Answers before 2023 have `errors` with reasons of their own.
  const reasons = reasonsIn([...details, ...entriesOf(error['errors'])]);
  const old = reasons.includes('failedPrecondition') ? 'FAILED_PRECONDITION' : rpcWords[answer.status];
  return {
    word: textIn(error['status']) ?? old ?? '',
    text: textIn(error['message']) ?? '',
    reasons,
    answer: waitingAsSaid(answer, details),
  };
};

const entriesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Not Google's own text: from a gateway before it, or from another server. */
const bareFailure = (answer: HttpAnswer, { now }: Asked): ProviderError | undefined =>
  answer.status === 429
    ? overQuota('the provider answered HTTP 429', answer.retryAfterMs ?? untilNextMinute(now))
    : statusFailure(answer);

const permissionDenied = (
  { reasons, text }: Said,
  quote: string,
  { clientEmail, kind }: Asked,
): ProviderError => {
  if (reasons.some((reason) => ACCOUNT_REASONS.test(reason)) || ACCOUNT_TEXTS.test(text))
    return credentialsRejected(`PERMISSION_DENIED to the service account ${clientEmail}${quote}`);
  const asWhat = kind === 'write' ? ', who has to be an editor there' : '';
  const rejected = placeRejected(
    `not shared with the service account: share the spreadsheet with ${clientEmail}${asWhat}${quote}`,
  );
  return { ...rejected, isOfAccount: true };
};

/** Google uses two wordings, and uses them for nothing else. */
const OFFICE_FILE = /office|not supported for this document/i;

const failedPrecondition = (text: string, quote: string): string =>
  OFFICE_FILE.test(text)
    ? `the document is an Office file (.xlsx): convert to Google Sheets${quote}`
    : `FAILED_PRECONDITION${quote}; if the document is an Office file (.xlsx), convert to Google Sheets`;

/** Google's quotas are refilled each minute. */
const MINUTE_MS = 60_000;
const untilNextMinute = (now: number): number => MINUTE_MS - (now % MINUTE_MS);
