/**
 * Days from 1899-12-30, day zero of Google's serial dates, to 1970-01-01. There is no leap-year error as in Excel's
 * 1900.
 */
const DAYS_TO_1970 = 25_569;
const DAY_MS = 86_400_000;

export const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?$/;
/** First full year of the Gregorian calendar; earlier dates differ between calendars. */
const FIRST_YEAR = 1583;

/**
 * The serial number of an ISO date with or without a time of day; undefined for invalid dates, such as 30 February. A
 * time zone is refused: a serial number is in the time zone of the spreadsheet, which only its owner knows.
 */
export const serialOf = (iso: string): number | undefined => {
  if (!ISO_DATE.test(iso) || Number(iso.slice(0, 4)) < FIRST_YEAR) return undefined;
  const instant = Date.parse(`${iso.length === 10 ? `${iso}T00:00` : iso}Z`);
  if (Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(iso.slice(0, 16)))
    return undefined;
  return instant / DAY_MS + DAYS_TO_1970;
};
