/** More fields than any form of a known sender has; parsing stops there. */
const MOST_FIELDS = 1_000;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type FormField = readonly [name: string, value: string];

/** The bytes as text; undefined when they are not valid UTF-8. A byte order mark is kept. */
export const utf8Text = (bytes: Uint8Array): string | undefined => {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * Parses `application/x-www-form-urlencoded`, keeping order and duplicates. Undefined when it does not decode:
 * URLSearchParams would insert U+FFFD, so that two different bodies could look the same.
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

/** Throws URIError when the text is not valid percent-encoded UTF-8. */
const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

const [PERCENT, PLUS, BLANK] = Buffer.from('%+ ');

/** Decodes a form value to bytes without building a string; undefined when an escape is invalid. */
export const decodedValue = (value: Uint8Array): Buffer | undefined => {
  const decoded = Buffer.allocUnsafe(value.length);
  let size = 0;
  for (let at = 0; at < value.length; at += 1) {
    let byte = value[at] === PLUS ? BLANK : value[at];
    if (byte === PERCENT) {
      byte = digitOf(value[at + 1]) * 16 + digitOf(value[at + 2]);
      if (Number.isNaN(byte)) return undefined;
      at += 2;
    }
    decoded[size] = byte ?? 0;
    size += 1;
  }
  return decoded.subarray(0, size);
};

const digitOf = (byte: number | undefined): number => HEX_DIGITS[byte ?? 0] ?? Number.NaN;

/** Indexed by the byte of the hex digit. */
const HEX_DIGITS: readonly (number | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? undefined : digit;
});
