/** A Bloom filter over keys: recognises most keys that were never added, and never denies one that was. */
export type KeyFilter = {
  readonly add: (key: string) => void;
  readonly mayHave: (key: string) => boolean;
};

/** 2 MiB of bits: with 100,000 keys, one in 7,000 other keys is a false positive; with a million, one in 80. */
const BITS = 24;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Uint8Array(128);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/** 24 bits of the hash that keys end in (cache-key.ts): base64url, six bits a letter. */
const bitsAt = (key: string, from: number): number => {
  let bits = 0;
  for (let at = from; at < from + 4; at += 1)
    bits = (bits << 6) | (VALUES[key.charCodeAt(at) & 127] as number);
  return bits;
};

export const keyFilter = (): KeyFilter => {
  const words = new Uint32Array(2 ** BITS / 32);
  const set = (bit: number): void => void ((words[bit >>> 5] as number) |= 1 << (bit & 31));
  const isSet = (bit: number): boolean => (((words[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1;
  return {
    add: (key) => {
      set(bitsAt(key, key.length - 4));
      set(bitsAt(key, key.length - 8));
    },
    mayHave: (key) => isSet(bitsAt(key, key.length - 4)) && isSet(bitsAt(key, key.length - 8)),
  };
};
