import { isLeft } from '../../shared/fp.ts';
import { isJsonObject } from '../../shared/json.ts';
import { schemeFrom } from './scheme-rules.ts';
import type { SignatureScheme } from './signature-scheme.ts';

/** In place of the header that a scheme reads, which says nothing about its secret. */
const ANY_HEADER = 'x-proof';

/**
 * As much of a scheme as says what its secret must be, so that the secret can be judged although the scheme is wrong
 * elsewhere; no delivery is held to it. Undefined: not even that much can be read.
 */
export const schemeOfSecret = (input: unknown): SignatureScheme | undefined => {
  if (!isJsonObject(input)) return undefined;
  const { kind, secret_encoding, secret_prefix } = input;
  const read = schemeFrom(
    {
      kind,
      ...(kind === 'hmac' && { signature_header: ANY_HEADER, secret_encoding, secret_prefix }),
      ...(kind === 'ed25519' && { signature_header: ANY_HEADER }),
      ...(kind === 'token' && { token_header: ANY_HEADER }),
    },
    { publicUrl: undefined },
  );
  return isLeft(read) ? undefined : read.right;
};
