import { remembering } from '../shared/remembering.ts';

/** Google's own, those for private networks and for one region included. */
const GOOGLES = /(^|\.)googleapis\.com\.?$/;

/**
 * Names a spreadsheet over all tenants and replicas, by its id and the origin at which it is found: an id says nothing
 * of which provider gave it, and whoever configures an address of its own must concern nobody elsewhere. At Google,
 * the default, the id alone is the name. `baseUrl` is that of a service.
 */
export const spreadsheetAt = (baseUrl: string | undefined, spreadsheetId: string): string =>
  baseUrl === undefined ? spreadsheetId : spreadsheetId + suffixOf(baseUrl);

/** Asked for with every read of cells, of the same few addresses: parsing them took 2 % of a cached one. */
const suffixOf = remembering((baseUrl) => {
  const url = URL.parse(baseUrl);
  return url === null || GOOGLES.test(url.hostname) ? '' : ` ${url.origin}`;
}, 1_000);
