/** In JSON: a pair of backslashes, which is skipped, or an escape that `jsonb` refuses: U+0000 or a lone surrogate. */
const REFUSED_ESCAPES = /\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g;
const PAIR = '\\\\';
const REPLACEMENT = '\ufffd';

/** @param json as written by `JSON.stringify`, which escapes only those surrogates that are lone. */
export const withoutRefusedEscapes = (json: string): string =>
  json.includes('\\u')
    ? json.replace(REFUSED_ESCAPES, (found) => (found === PAIR ? found : REPLACEMENT))
    : json;

/** Whether `jsonb` would refuse the text for such an escape. */
export const hasRefusedEscapes = (json: string): boolean => withoutRefusedEscapes(json) !== json;
