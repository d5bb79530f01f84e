import { headerValue, type RawDelivery } from './raw-delivery.ts';

/** In lower case and without parameters; empty when there is none. */
export const mediaType = (delivery: RawDelivery): string =>
  (headerValue(delivery, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

export const FORM = 'application/x-www-form-urlencoded';
