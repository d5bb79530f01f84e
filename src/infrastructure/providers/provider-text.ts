import { redactText } from '../../domain/audit/redaction.ts';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { JsonObject } from '../../domain/shared/json.ts';

const LONGEST_QUOTE = 200;
/** Any unbroken run that could be a key: providers quote keys in their error texts. */
const KEY_LIKE = /[A-Za-z0-9_\-+/=]{20,}/g;
const URL_LIKE = /https?:\/\/\S+/g;
/**
 * Length before blanks are removed. Cut only after removing what looks like a key, since half a key no longer looks
 * like one.
 */
const LONGEST_TEXT = 4 * LONGEST_QUOTE;

/** A provider's error text, fit for an answer and a log: no key, no URL, one short line. Empty if there is none. */
export const quoted = (text: string | undefined, access: ProviderAccess): string => {
  if (text === undefined || text === '') return '';
  let safe = text;
  if (access.apiKey !== undefined && access.apiKey !== '')
    for (const form of [access.apiKey, encodeURIComponent(access.apiKey)]) safe = safe.replaceAll(form, '…');
  safe = redactText(safe.replace(URL_LIKE, '…').replace(KEY_LIKE, '…').slice(0, LONGEST_TEXT))
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
  return safe === '' ? '' : `: ${safe.slice(0, LONGEST_QUOTE)}`;
};

/** A base URL from the service's own configuration, without trailing slashes. */
export const configuredUrl = (config: JsonObject, name: string, fallback: string): string => {
  const value = config[name];
  return withoutSlash(typeof value === 'string' && value !== '' ? value : fallback);
};

/** Not by regular expression, which would start anew at each slash of a long row that is not at the end. */
export const withoutSlash = (url: string): string => {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
};
