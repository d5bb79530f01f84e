import type { AddressComponents } from '../../domain/provider/geocoder.ts';

/** ISO 3166-1 alpha-2 in upper case, or nothing. */
export const isoCode = (text: string | undefined): string | undefined =>
  text !== undefined && /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : undefined;

/** Longer than any address, in UTF-16 units. */
const LONGEST_TEXT = 1_000;
/** Control characters, which no address holds, and half surrogate pairs, which PostgreSQL does not take. */
const FOREIGN = /[\p{Cc}\p{Cs}]/u;
const EVERY_FOREIGN = /[\p{Cc}\p{Cs}]+/gu;

/** A provider's text of a place, on one line and of sane length. */
export const placeText = (text: string): string => {
  const short = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
  return FOREIGN.test(short) ? short.replace(EVERY_FOREIGN, ' ').trim() : short;
};

/** A provider's id of a place, as it is or not at all. */
export const placeIdOf = (id: string | undefined): string | undefined =>
  id === undefined || id === '' || id.length > LONGEST_TEXT || FOREIGN.test(id) ? undefined : id;

/** Leaves out what is missing or empty. */
export const named = (parts: {
  readonly [K in keyof AddressComponents]: string | undefined;
}): AddressComponents =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, placeText(value)]],
    ),
  );
