import type { VerificationSecret } from '../../src/domain/webhook/proof/authenticity.ts';
import type { RawDelivery } from '../../src/domain/webhook/request/raw-delivery.ts';

/** 26 November 2026, 12:00 UTC plus half a second, so that no test depends on a whole second. */
export const DELIVERED_AT = Date.UTC(2026, 10, 26, 12, 0, 0, 500);
export const DELIVERED_SECOND = Math.floor(DELIVERED_AT / 1000);

export type HeaderPairs = RawDelivery['rawHeaders'];

/** A delivery as received: headers as pairs, so that repeated headers can be detected, and the body as bytes. */
export const aDelivery = (
  headers: Readonly<Record<string, string>> | HeaderPairs,
  body: string | Uint8Array,
  rest: Partial<RawDelivery> = {},
): RawDelivery => ({
  method: 'POST',
  url: undefined,
  rawHeaders: Array.isArray(headers) ? headers : Object.entries(headers),
  body: typeof body === 'string' ? Buffer.from(body, 'utf8') : body,
  receivedAt: new Date(DELIVERED_AT),
  ...rest,
});

export const aSecret = (value: string, rest: Partial<VerificationSecret> = {}): VerificationSecret => ({
  version: 1,
  value,
  kind: 'hmac',
  state: 'current',
  ...rest,
});
