import { left, right, type Either } from '../../shared/fp.ts';
import type { AuthenticityFailure } from './authenticity.ts';
import { oneHeader, type RawDelivery } from '../request/raw-delivery.ts';

/** The text of a header that proves something: there, and there once. */
export const proofHeader = (delivery: RawDelivery, header: string): Either<AuthenticityFailure, string> => {
  const reading = oneHeader(delivery, header);
  if (reading.kind === 'absent') return left({ kind: 'header-missing', header });
  return reading.kind === 'repeated' ? left({ kind: 'header-repeated', header }) : right(reading.value);
};
