import type { AddressComponents } from '../../domain/provider/geocoder.ts';

/** ISO 3166-1 alpha-2 in upper case, or nothing. */
export const isoCode = (text: string | undefined): string | undefined =>
  text !== undefined && /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : undefined;

/** Leaves out what is missing or empty. */
export const named = (parts: {
  readonly [K in keyof AddressComponents]: string | undefined;
}): AddressComponents =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== ''));
