import { left, right, type Either } from '../../shared/fp.ts';
import type { AuthenticityFailure } from './authenticity.ts';
import { canonicalSignature } from './canonical-bytes.ts';
import type { SignatureRules } from '../scheme/signature-scheme.ts';

/** More than any rotation needs. Each signature costs a comparison. */
export const MOST_ENTRIES = 32;

/** The signatures of a header that are written as the scheme requires. Other entries of a list are ignored. */
export const signatureEntries = (
  value: string,
  rules: SignatureRules,
  length: number,
): Either<AuthenticityFailure, readonly Buffer[]> => {
  const header = rules.signatureHeader;
  const entries = rules.listSeparator === undefined ? [value] : value.split(rules.listSeparator);
  // White space around an entry means that a proxy joined two headers with ", ".
  if (entries.length > MOST_ENTRIES || entries.some((entry) => entry !== entry.trim()))
    return left({ kind: 'malformed-signature', header });
  const ours = entries.filter((entry) => entry.startsWith(rules.prefix));
  if (ours.length === 0) return left({ kind: 'no-supported-signature', header });
  const read = ours.map((entry) => canonicalSignature(entry.slice(rules.prefix.length), rules, length));
  const signatures = read.filter((bytes) => bytes !== undefined);
  return signatures.length === 0 ? left({ kind: 'malformed-signature', header }) : right(signatures);
};
