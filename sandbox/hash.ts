const prime = 0x01000193;
const offsetBasis = 0x811c9dc5;

/** FNV-1a over UTF-16 units, with a final mix so that similar texts get different hashes. 32 bits, unsigned. */
export const hash32 = (text: string, seed = 0): number => {
  let hash = (offsetBasis ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** In [-1, 1), deterministic for a text and seed. */
export const spread = (text: string, seed: number): number => hash32(text, seed) / 0x80000000 - 1;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A synthetic id of `length` base64url characters. */
export const idOf = (text: string, length: number): string => {
  let id = '';
  for (let word = 0; id.length < length; word += 1) {
    let bits = hash32(text, 100 + word);
    for (let letter = 0; letter < 5; letter += 1) {
      id += alphabet.charAt(bits & 63);
      bits >>>= 6;
    }
  }
  return id.slice(0, length);
};

/** Degrees to six decimals, a tenth of a metre, without the exponent that JavaScript prints below 1e-6. */
export const roundDegrees = (degrees: number): number => {
  const rounded = Number(degrees.toFixed(6));
  return rounded === 0 ? 0 : rounded;
};
