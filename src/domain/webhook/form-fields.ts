/** More fields than any form of a known sender; parsing stops there. */
const MOST_FIELDS = 1_000;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type FormField = readonly [name: string, value: string];

/** The bytes as text; undefined when they are not UTF-8. A BOM stays. */
export const utf8Text = (bytes: Uint8Array): string | undefined => {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * `application/x-www-form-urlencoded`, in order, doubles kept. Undefined for what does not decode: URLSearchParams
 * would put U+FFFD there, and two different bodies would read alike.
 */
export const formFields = (body: Uint8Array): readonly FormField[] | undefined => {
  const text = utf8Text(body);
  if (text === undefined) return undefined;
  const pieces = text.split('&', MOST_FIELDS + 1);
  if (pieces.length > MOST_FIELDS) return undefined;
  try {
    return pieces.filter((piece) => piece !== '').map(fieldOf);
  } catch {
    return undefined;
  }
};

const fieldOf = (piece: string): FormField => {
  const equals = piece.indexOf('=');
  return equals === -1
    ? [decoded(piece), '']
    : [decoded(piece.slice(0, equals)), decoded(piece.slice(equals + 1))];
};

/** Throws URIError for what is no percent-encoded UTF-8. */
const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
