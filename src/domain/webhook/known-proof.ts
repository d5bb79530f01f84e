import {
  hexCases,
  hmacAlgorithms,
  schemeKinds,
  secretEncodings,
  signatureEncodings,
  sourceServices,
  timestampUnits,
  type SignatureRules,
  type SignatureScheme,
} from './scheme/signature-scheme.ts';
import type { WebhookConfig } from './webhook-config.ts';

/**
 * Whether this version of the program understands how a stored webhook is authenticated. A newer version that was
 * rolled back may have stored values that only it knows.
 */
export const isKnownProof = ({
  sourceService,
  scheme,
}: Pick<WebhookConfig, 'sourceService' | 'scheme'>): boolean =>
  isOneOf(sourceServices, sourceService) && (scheme === undefined || isKnownScheme(scheme));

const isKnownScheme = (scheme: SignatureScheme): boolean => {
  if (scheme.kind === 'ed25519') return isKnownSignature(scheme);
  if (scheme.kind !== 'hmac') return isOneOf(schemeKinds, scheme.kind);
  const { algorithm, secretEncoding } = scheme;
  return (
    isOneOf(hmacAlgorithms, algorithm) && isOneOf(secretEncodings, secretEncoding) && isKnownSignature(scheme)
  );
};

const isKnownSignature = ({ encoding, hexCase, timestamp }: SignatureRules): boolean =>
  isOneOf(signatureEncodings, encoding) &&
  isOneOf(hexCases, hexCase) &&
  (timestamp === undefined || isOneOf(timestampUnits, timestamp.unit));

const isOneOf = (words: readonly string[], word: string): boolean => words.includes(word);
