import type { ProviderName } from '../../../domain/external-service/external-service.ts';
import type { Endpoint } from '../operation.ts';

const geocoding: { readonly [P in ProviderName]: Endpoint | undefined } = {
  google_maps: { httpMethod: 'GET', path: '/geocode/json' },
  yandex_maps: { httpMethod: 'GET', path: '/' },
  gazetteer: undefined,
  google_sheets: undefined,
  webhook: undefined,
};

const routing: { readonly [P in ProviderName]: Endpoint | undefined } = {
  google_maps: { httpMethod: 'POST', path: '/distanceMatrix/v2:computeRouteMatrix' },
  yandex_maps: { httpMethod: 'GET', path: '/distancematrix' },
  gazetteer: undefined,
  google_sheets: undefined,
  webhook: undefined,
};

const SHEETS = '/v4/spreadsheets/{spreadsheetId}';
const spreadsheet: { readonly [C in SheetsCall]: Endpoint } = {
  metadata: { httpMethod: 'GET', path: SHEETS },
  read: { httpMethod: 'GET', path: `${SHEETS}/values/{range}` },
  batchGet: { httpMethod: 'GET', path: `${SHEETS}/values:batchGet` },
  write: { httpMethod: 'PUT', path: `${SHEETS}/values/{range}` },
  append: { httpMethod: 'POST', path: `${SHEETS}/values/{range}:append` },
  markedAppend: { httpMethod: 'POST', path: `${SHEETS}:batchUpdate` },
  clear: { httpMethod: 'POST', path: `${SHEETS}/values/{range}:clear` },
  batchUpdate: { httpMethod: 'POST', path: `${SHEETS}/values:batchUpdate` },
};
export type SheetsCall =
  'metadata' | 'read' | 'batchGet' | 'write' | 'append' | 'markedAppend' | 'clear' | 'batchUpdate';

/** Paths below the provider's base URL, as recorded in the trail. In-process providers have none. */
export const geocodingEndpoint = (provider: ProviderName): Endpoint | undefined => geocoding[provider];
export const routingEndpoint = (provider: ProviderName): Endpoint | undefined => routing[provider];
/** In Google's notation with placeholders; which spreadsheet and cells were meant is in the recorded request. */
export const sheetsEndpoint =
  (call: SheetsCall) =>
  (provider: ProviderName): Endpoint | undefined =>
    provider === 'google_sheets' ? spreadsheet[call] : undefined;
