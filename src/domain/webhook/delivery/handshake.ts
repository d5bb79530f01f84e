import { isJsonObject } from '../../shared/json.ts';
import { memberOf } from '../scheme/body-path.ts';
import { bodyTexts } from './body-texts.ts';
import { formValue } from './delivery-content.ts';
import { formFields } from '../request/form-fields.ts';
import { sameSecretBytes } from '../proof/matching-secret.ts';
import type { FactsReader } from './source-facts.ts';
import type { HandshakeRule, SignatureScheme, SourceService } from '../scheme/signature-scheme.ts';

/** Answered as it stands; the delivery is recorded and not published. */
export type HandshakeAnswer = {
  readonly status: 200 | 204;
  readonly contentType: string | undefined;
  readonly body: string;
};

/** A challenge is a short random text; whoever sends more wants an echo. */
const LONGEST_CHALLENGE = 1_024;
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Call it with the reader of an authentic body. GitHub's `ping` is an ordinary event. */
export const handshakeAnswer = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  { at, body }: Pick<FactsReader, 'at' | 'body'>,
): HandshakeAnswer | undefined => {
  if (source === 'slack') return at('type') === 'url_verification' ? echo(at('challenge')) : undefined;
  if (source === 'discord') return discordPing(body);
  const rule = source === 'custom' ? scheme?.handshake : undefined;
  if (rule === undefined || rule.in === 'query' || at(rule.matchPath) !== rule.matchValue) return undefined;
  return echo(at(rule.respondPath));
};

/** The rule by which a webhook answers a GET; undefined: it answers none. */
export const queryHandshakeOf = (scheme: SignatureScheme | undefined): HandshakeRule | undefined =>
  scheme?.handshake?.in === 'query' ? scheme.handshake : undefined;

/**
 * Undefined: the query holds another word than the one agreed, or nothing to answer. Nothing else proves a GET, so the
 * word is compared as a secret is.
 */
export const queryHandshakeAnswer = (
  { matchPath, matchValue, respondPath }: HandshakeRule,
  query = '',
): HandshakeAnswer | undefined => {
  const fields = formFields(Buffer.from(query));
  if (fields === undefined) return undefined;
  const at = bodyTexts({ kind: 'form', value: formValue(fields) });
  const word = at(matchPath);
  const isAgreed = word !== undefined && sameSecretBytes(Buffer.from(word), Buffer.from(matchValue));
  return isAgreed ? echo(at(respondPath)) : undefined;
};

const echo = (text: string | undefined): HandshakeAnswer | undefined => {
  if (text === undefined || text === '' || text.length > LONGEST_CHALLENGE) return undefined;
  // Never HTML: the sender chooses the text.
  return { status: 200, contentType: PLAIN_TEXT, body: text };
};

/** Interactions ping with type 1; webhook events with type 0, and their type 1 is an event. */
const discordPing = (body: unknown): HandshakeAnswer | undefined => {
  const type = memberOf(body, 'type');
  if (isJsonObject(memberOf(body, 'event'))) return undefined;
  if (type === 1) return { status: 200, contentType: 'application/json', body: '{"type":1}' };
  return type === 0 ? { status: 204, contentType: undefined, body: '' } : undefined;
};
