import { left, right, type Either } from '../../shared/fp.ts';
import type { AuthenticityFailure } from './authenticity.ts';
import type { SignedTimestampRule, TimestampUnit } from '../scheme/signature-scheme.ts';

/** Digits only, no sign, no leading zero: `parseInt` would accept "1614265330abc". */
const SECONDS = /^(?:0|[1-9]\d{0,11})$/;
const MILLISECONDS = /^(?:0|[1-9]\d{0,14})$/;
/** RFC 3339; `Date.parse` alone would also accept "Nov 26". */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Epoch milliseconds; undefined when the text does not have the format of the unit. */
export const signedTime = (text: string, unit: TimestampUnit): number | undefined => {
  if (unit === 's') return SECONDS.test(text) ? Number(text) * 1000 : undefined;
  if (unit === 'ms') return MILLISECONDS.test(text) ? Number(text) : undefined;
  const at = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};

/**
 * Checks the tolerance in both directions. Timestamps in seconds are compared in whole seconds, as the senders' own
 * libraries do.
 */
export const withinWindow = (
  at: number,
  rule: Pick<SignedTimestampRule, 'unit' | 'toleranceSeconds'>,
  now: number,
): Either<AuthenticityFailure, number> => {
  const seconds = rule.unit === 's' ? Math.floor(now / 1000) - at / 1000 : (now - at) / 1000;
  if (seconds > rule.toleranceSeconds)
    return left({ kind: 'timestamp-too-old', ageSeconds: Math.ceil(seconds) });
  if (-seconds > rule.toleranceSeconds)
    return left({ kind: 'timestamp-in-future', aheadSeconds: Math.ceil(-seconds) });
  return right(at);
};
