import { isLeft } from '../../shared/fp.ts';
import { isJsonObject } from '../../shared/json.ts';
import { schemeFrom } from './scheme-rules.ts';
import type { SignatureScheme } from './signature-scheme.ts';

/** Stands in for the header of a scheme, which does not matter for its secret. */
const ANY_HEADER = 'x-proof';

/**
 * The part of a scheme that determines its secret, so that a secret can be validated even if the rest of the scheme is
 * invalid. Never used to verify deliveries. Undefined when not even that part can be read.
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
