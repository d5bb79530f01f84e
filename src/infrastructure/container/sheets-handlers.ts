import type { Application } from '../../application/application.ts';
import { pipeline, type PipelineDeps } from '../../application/provider-call/compose.ts';
import { sheetsMetadataOperation } from '../../application/provider-call/sheets-metadata-operation.ts';
import { sheetsReadOperation } from '../../application/provider-call/sheets-read-operation.ts';
import type { Spreadsheets } from '../../application/provider-call/spreadsheet-operation.ts';
import { describeSpreadsheet } from '../../application/queries/describe-spreadsheet.ts';
import { readCells } from '../../application/queries/read-cells.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { Lives } from './identifiers.ts';

export type SheetsParts = {
  readonly spreadsheets: Spreadsheets;
  readonly versions: SpreadsheetVersions;
};

/** The reading operations on spreadsheets, each through all stages of the pipeline. */
export const sheetsQueries = (
  deps: PipelineDeps,
  services: ExternalServiceReader,
  { spreadsheets, versions }: SheetsParts,
  lives: Lives['sheets'],
): Pick<Application['queries'], 'readCells' | 'describeSpreadsheet'> => {
  const through = pipeline(deps);
  const read = through(sheetsReadOperation(spreadsheets, lives));
  const metadata = through(sheetsMetadataOperation(spreadsheets, lives));
  return {
    readCells: readCells({ services, versions, read }),
    describeSpreadsheet: describeSpreadsheet({ services, versions, metadata }),
  };
};
