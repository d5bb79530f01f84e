import { isJsonObject } from '../../shared/json.ts';
import { memberOf } from '../scheme/body-path.ts';
import { bodyTexts } from './body-texts.ts';
import { formValue } from './delivery-content.ts';
import { formFields } from '../request/form-fields.ts';
import { sameSecretBytes } from '../proof/matching-secret.ts';
import type { FactsReader } from './source-facts.ts';
import type { HandshakeRule, SignatureScheme, SourceService } from '../scheme/signature-scheme.ts';

/** The response to a handshake, sent unchanged. The delivery is recorded but not published. */
export type HandshakeAnswer = {
  readonly status: 200 | 204;
  readonly contentType: string | undefined;
  readonly body: string;
};

/** Characters. Real challenges are short random texts; a longer one would abuse us as an echo server. */
const LONGEST_CHALLENGE = 1_024;
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/**
 * The answer to a handshake in the body of an authentic delivery; undefined when it is none. GitHub's `ping` is an
 * ordinary event.
 */
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
 * Undefined when the query does not contain the agreed word, or has nothing to echo. Nothing else authenticates a GET,
 * so the word is compared in constant time like a secret.
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
  // Never HTML, because the sender chooses the text.
  return { status: 200, contentType: PLAIN_TEXT, body: text };
};

/** Interactions use type 1 for a ping. Webhook events use type 0, and their type 1 is an event. */
const discordPing = (body: unknown): HandshakeAnswer | undefined => {
  const type = memberOf(body, 'type');
  if (isJsonObject(memberOf(body, 'event'))) return undefined;
  if (type === 1) return { status: 200, contentType: 'application/json', body: '{"type":1}' };
  return type === 0 ? { status: 204, contentType: undefined, body: '' } : undefined;
};
