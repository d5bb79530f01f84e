import type { GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import type { Json } from '../../../domain/shared/json.ts';

/** What the trail keeps of an answer: enough to see what the caller got, not all of it. */
export const matchesForAudit = ({ matches }: GeocodeMatches): Json => ({
  matches: matches.map(({ formattedAddress, coordinates, precision, confidence, partialMatch, placeId }) => ({
    formatted_address: formattedAddress,
    latitude: coordinates.latitude,
    longitude: coordinates.longitude,
    precision,
    confidence,
    partial_match: partialMatch,
    ...(placeId !== undefined && { place_id: placeId }),
  })),
});

/** What may be kept of an answer that a licence forbids to store: how good it was, not what it said. */
export const matchesOutline = ({ matches }: GeocodeMatches): Json => ({
  matches: matches.map(({ precision, confidence, partialMatch }) => ({
    precision,
    confidence,
    partial_match: partialMatch,
  })),
  withheld: 'licence',
});
