import type { HexCase, SignatureEncoding } from '../scheme/signature-scheme.ts';

/**
 * Decoders that take one spelling only. Node's own drop bad base64 characters and stop at the first bad hex
 * digit, so "right signature + garbage" would decode to the right signature.
 */
const LOWER_HEX = /^[0-9a-f]*$/;
const ANY_HEX = /^[0-9a-fA-F]*$/;

export const canonicalHex = (text: string, hexCase: HexCase): Buffer | undefined => {
  const form = hexCase === 'lower' ? LOWER_HEX : ANY_HEX;
  return text.length % 2 === 0 && form.test(text) ? Buffer.from(text, 'hex') : undefined;
};

/** Standard alphabet with padding, or the URL-safe one without; unused last bits must be zero. */
export const canonicalBase64 = (text: string, alphabet: 'base64' | 'base64url'): Buffer | undefined => {
  const bytes = Buffer.from(text, alphabet);
  return bytes.toString(alphabet) === text ? bytes : undefined;
};

/** Longer than any signature: what is longer is not even decoded. */
const LONGEST = 256;

/** The bytes of a signature that must have just `length` of them; undefined when it is written in any other way. */
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
