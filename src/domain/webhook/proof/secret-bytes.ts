import { canonicalBase64, canonicalHex } from './canonical-bytes.ts';
import type { HmacScheme, SourceService } from '../scheme/signature-scheme.ts';

/** The key that the text of a secret encodes; undefined when it is not written as the scheme requires. */
export const secretBytes = (
  text: string,
  { secretEncoding, secretPrefix }: Pick<HmacScheme, 'secretEncoding' | 'secretPrefix'>,
): Buffer | undefined => {
  const bare = secretPrefix !== '' && text.startsWith(secretPrefix) ? text.slice(secretPrefix.length) : text;
  const bytes =
    secretEncoding === 'utf8'
      ? Buffer.from(bare, 'utf8')
      : secretEncoding === 'hex'
        ? canonicalHex(bare, 'any')
        : canonicalBase64(bare, 'base64');
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
};

export const STANDARD_SECRET_PREFIX = 'whsec_';
/** Standard Webhooks 1.0.0: 24 to 64 random bytes. Svix's own server accepts and uses longer ones. */
const STANDARD_SECRET_BYTES = { least: 24, most: 64, mostOfSvix: 75 } as const;

export const longestStandardSecret = (source: SourceService): number =>
  source === 'svix' ? STANDARD_SECRET_BYTES.mostOfSvix : STANDARD_SECRET_BYTES.most;

export const standardSecretBytes = (text: string, source: SourceService): Buffer | undefined => {
  const bytes = secretBytes(text, { secretEncoding: 'base64', secretPrefix: STANDARD_SECRET_PREFIX });
  if (bytes === undefined || bytes.length < STANDARD_SECRET_BYTES.least) return undefined;
  return bytes.length <= longestStandardSecret(source) ? bytes : undefined;
};
