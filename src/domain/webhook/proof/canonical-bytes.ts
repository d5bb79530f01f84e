import type { HexCase, SignatureEncoding } from '../scheme/signature-scheme.ts';

/**
 * Strict decoders that accept one spelling only. Node's own skip invalid base64 characters and stop at the first
 * invalid hex digit, so "right signature + garbage" would decode to the right signature.
 */
const LOWER_HEX = /^[0-9a-f]*$/;
const ANY_HEX = /^[0-9a-fA-F]*$/;

export const canonicalHex = (text: string, hexCase: HexCase): Buffer | undefined => {
  const form = hexCase === 'lower' ? LOWER_HEX : ANY_HEX;
  return text.length % 2 === 0 && form.test(text) ? Buffer.from(text, 'hex') : undefined;
};

/** The standard alphabet with padding, or the URL-safe one without. Unused trailing bits must be zero. */
export const canonicalBase64 = (text: string, alphabet: 'base64' | 'base64url'): Buffer | undefined => {
  const bytes = Buffer.from(text, alphabet);
  return bytes.toString(alphabet) === text ? bytes : undefined;
};

/** Characters. No signature is longer, so longer texts are not decoded. */
const LONGEST = 256;

/** The bytes of a signature of exactly `length` bytes; undefined when it is written in any other way. */
export const canonicalSignature = (
  text: string,
  form: { readonly encoding: SignatureEncoding; readonly hexCase: HexCase },
  length: number,
): Buffer | undefined => {
  if (text.length > LONGEST) return undefined;
  const bytes =
    form.encoding === 'hex' ? canonicalHex(text, form.hexCase) : canonicalBase64(text, form.encoding);
  return bytes?.length === length ? bytes : undefined;
};
