/**
 * In JSON: a pair of backslashes, which is to be skipped, or an escape that `jsonb` refuses: U+0000, a lone surrogate.
 */
const REFUSED_ESCAPES = /\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g;
const PAIR = '\\\\';
const REPLACEMENT = '\ufffd';

/** @param json as `JSON.stringify` writes it: it escapes of surrogates the lone ones alone. */
export const withoutRefusedEscapes = (json: string): string =>
  json.includes('\\u')
    ? json.replace(REFUSED_ESCAPES, (found) => (found === PAIR ? found : REPLACEMENT))
    : json;

/** Whether `jsonb` refuses it for what it holds. */
export const hasRefusedEscapes = (json: string): boolean => withoutRefusedEscapes(json) !== json;
