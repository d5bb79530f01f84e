import { left, right, type Either } from '../../shared/fp.ts';
import type { AuthenticityFailure } from './authenticity.ts';
import { oneHeader, type RawDelivery } from '../request/raw-delivery.ts';

/** The value of a header with a proof, which must be present exactly once. */
export const proofHeader = (delivery: RawDelivery, header: string): Either<AuthenticityFailure, string> => {
  const reading = oneHeader(delivery, header);
  if (reading.kind === 'absent') return left({ kind: 'header-missing', header });
  return reading.kind === 'repeated' ? left({ kind: 'header-repeated', header }) : right(reading.value);
};
