import { serviceTag } from '../../../domain/cache/invalidation.ts';
import type { SpreadsheetMetadata } from '../../../domain/provider/spreadsheet.ts';
import type { Json } from '../../../domain/shared/json.ts';
import type { OperationLives } from './answer-lives.ts';
import { decodeMetadata } from './cached-cells.ts';
import { sheetsEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';
import { asReader, type ReaderDeps } from '../../spreadsheet/as-reader.ts';
import { metadataLives } from './sheets-lives.ts';
import { askedOf, spreadsheetBasics, type Spreadsheets } from './spreadsheet-operation.ts';

export type MetadataRequest = { readonly spreadsheetId: string; readonly version: string | undefined };

/** Titles and sizes of the sheets of a spreadsheet. */
export const sheetsMetadataOperation = (
  spreadsheets: Spreadsheets,
  lives: OperationLives,
  deps: ReaderDeps,
): Operation<MetadataRequest, SpreadsheetMetadata> => ({
  ...spreadsheetBasics,
  name: 'sheets_metadata',
  account: 'reads',
  paysWhenItLeaves: true,
  cacheFields: ({ version, spreadsheetId }) => (version === undefined ? undefined : [version, spreadsheetId]),
  tags: ({ serviceName }) => [serviceTag(serviceName)],
  lives: (service) => metadataLives(lives, service),
  decodeCached: decodeMetadata,
  endpoint: sheetsEndpoint('metadata'),
  auditRequest: ({ spreadsheetId }) => ({ spreadsheet_id: spreadsheetId }),
  auditResponse: outline,
  auditOutline: outline,
  ask: askedOf(spreadsheets, (spreadsheet, access, { spreadsheetId }, leave) =>
    asReader(deps, spreadsheet, access, leave, (ready) => spreadsheet.metadata(ready, { spreadsheetId })),
  ),
});

const outline = ({ sheets, locale, timeZone }: SpreadsheetMetadata): Json => ({
  locale,
  time_zone: timeZone,
  sheets: sheets.map(({ sheetId, rowCount, columnCount }) => ({
    sheet_id: sheetId,
    row_count: rowCount,
    column_count: columnCount,
  })),
});
