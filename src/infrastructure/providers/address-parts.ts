import type { AddressComponents } from '../../domain/provider/geocoder.ts';

/** ISO 3166-1 alpha-2 in upper case, or nothing. */
export const isoCode = (text: string | undefined): string | undefined =>
  text !== undefined && /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : undefined;

/** In UTF-16 units; longer than any address. */
const LONGEST_TEXT = 1_000;
/** Control characters, which no address contains, and lone surrogates, which PostgreSQL refuses. */
const FOREIGN = /[\p{Cc}\p{Cs}]/u;
const EVERY_FOREIGN = /[\p{Cc}\p{Cs}]+/gu;

/** A provider's text for a place, on one line and of limited length. */
export const placeText = (text: string): string => {
  const short = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
  return FOREIGN.test(short) ? short.replace(EVERY_FOREIGN, ' ').trim() : short;
};

/** A provider's id for a place, unchanged or not at all. */
export const placeIdOf = (id: string | undefined): string | undefined =>
  id === undefined || id === '' || id.length > LONGEST_TEXT || FOREIGN.test(id) ? undefined : id;

/** Leaves out missing and empty parts. */
export const named = (parts: {
  readonly [K in keyof AddressComponents]: string | undefined;
}): AddressComponents =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, placeText(value)]],
    ),
  );
