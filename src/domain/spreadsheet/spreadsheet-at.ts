import { remembering } from '../shared/remembering.ts';

/** Google's own hosts, including those for private networks and for single regions. */
const GOOGLES = /(^|\.)googleapis\.com\.?$/;

/**
 * A name for a spreadsheet that is unique across tenants and replicas: its id plus the origin of the service's
 * `baseUrl`. An id does not say which provider issued it, and a tenant with an address of its own must not affect
 * others. At Google, the default, the id alone is the name.
 */
export const spreadsheetAt = (baseUrl: string | undefined, spreadsheetId: string): string =>
  baseUrl === undefined ? spreadsheetId : spreadsheetId + suffixOf(baseUrl);

/**
 * Memoised: it is needed for every read of cells, with the same few addresses, and parsing them took 2 % of a cached
 * read.
 */
const suffixOf = remembering((baseUrl) => {
  const url = URL.parse(baseUrl);
  return url === null || GOOGLES.test(url.hostname) ? '' : ` ${url.origin}`;
}, 1_000);
