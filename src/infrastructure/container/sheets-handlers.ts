import type { Application } from '../../application/application.ts';
import type { OperationLives } from '../../application/provider-call/operations/answer-lives.ts';
import { pipeline, type PipelineDeps } from '../../application/provider-call/compose.ts';
import { sheetsMetadataOperation } from '../../application/provider-call/operations/sheets-metadata-operation.ts';
import { sheetsReadOperation } from '../../application/provider-call/operations/sheets-read-operation.ts';
import type { Spreadsheets } from '../../application/provider-call/operations/spreadsheet-operation.ts';
import { describeSpreadsheet } from '../../application/queries/describe-spreadsheet.ts';
import { readCells } from '../../application/queries/read-cells.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { anchoredAppend } from '../../application/spreadsheet/anchored-append.ts';
import { appendLanes, type AppendLanes } from '../../application/spreadsheet/append-lanes.ts';
import { prepared } from '../../application/spreadsheet/prepared.ts';
import { sweepMarks, type SweepDeps } from '../../application/spreadsheet/sweep-marks.ts';
import type { TurnDeps } from '../../application/spreadsheet/turn-and-place.ts';
import { onceOnly, type OnceOnlyDeps } from '../../application/once-only.ts';
import { appendRows } from '../../application/commands/append-rows.ts';
import { clearCells } from '../../application/commands/clear-cells.ts';
import { appendOnce, clearOnce, writeOnce } from '../../application/commands/sheets-once.ts';
import { writeCells } from '../../application/commands/write-cells.ts';
import {
  sheetsAppendOperation,
  type LanesOfProviders,
} from '../../application/provider-call/operations/sheets-append-operation.ts';
import { sheetsClearOperation } from '../../application/provider-call/operations/sheets-clear-operation.ts';
import { sheetsWriteOperation } from '../../application/provider-call/operations/sheets-write-operation.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';

export type SheetsParts = TurnDeps & {
  readonly once: OnceOnlyDeps;
  readonly onNotSwept: SweepDeps['onNotSwept'];
  readonly keysKnownMs: SweepDeps['keysKnownMs'];
  readonly spreadsheets: Spreadsheets;
  readonly versions: SpreadsheetVersions;
};

/** Reading spreadsheets: each operation through all stages of the pipeline. */
export const sheetsQueries = (
  deps: PipelineDeps,
  services: ExternalServiceReader,
  { spreadsheets, versions }: SheetsParts,
  lives: OperationLives,
): Pick<Application['queries'], 'readCells' | 'describeSpreadsheet'> => {
  const through = pipeline(deps);
  const read = through(sheetsReadOperation(spreadsheets, lives, deps));
  const metadata = through(sheetsMetadataOperation(spreadsheets, lives, deps));
  return {
    readCells: readCells({ services, versions, read }),
    describeSpreadsheet: describeSpreadsheet({ services, versions, metadata }),
  };
};

type SheetsCommands = Pick<
  Application['commands'],
  'writeCells' | 'updateCells' | 'appendRows' | 'clearCells'
>;

/** Writing to spreadsheets: each write happens once per idempotency key, by one writer at a time. */
export const sheetsCommands = (
  deps: PipelineDeps,
  services: ExternalServiceReader,
  parts: SheetsParts,
): SheetsCommands => {
  const { spreadsheets, versions } = parts;
  const through = pipeline(deps);
  const once = onceOnly(parts.once);
  const write = (name: 'sheets_write' | 'sheets_batch_update') =>
    once(
      writeOnce(name),
      writeCells({ services, versions, write: through(sheetsWriteOperation(name, spreadsheets, parts)) }),
    );
  const append = through(sheetsAppendOperation(lanesOf(parts)));
  const clear = through(sheetsClearOperation(spreadsheets, parts));
  return {
    writeCells: write('sheets_write'),
    updateCells: write('sheets_batch_update'),
    appendRows: once(appendOnce(services), appendRows({ services, versions, append })),
    clearCells: once(clearOnce, clearCells({ services, versions, clear })),
  };
};

const preparedLanes = (
  deps: Pick<TurnDeps, 'clock'>,
  spreadsheet: Spreadsheet,
  { append }: AppendLanes,
): AppendLanes => ({
  append: (access, asked) => prepared(deps, spreadsheet, access, (ready) => append(ready, asked)),
});

const lanesOf = ({
  spreadsheets,
  once: { keys },
  onNotSwept,
  keysKnownMs,
  ...deps
}: SheetsParts): LanesOfProviders =>
  Object.fromEntries(
    Object.entries(spreadsheets).flatMap(([provider, spreadsheet]) =>
      spreadsheet === undefined
        ? []
        : [
            [
              provider,
              preparedLanes(
                deps,
                spreadsheet,
                appendLanes({
                  ...deps,
                  spreadsheet: {
                    append: anchoredAppend({ ...spreadsheet, clock: deps.clock }),
                    appendMarked: spreadsheet.appendMarked,
                  },
                  sweep: sweepMarks({ keys, spreadsheet, keysKnownMs, onNotSwept }),
                }),
              ),
            ],
          ],
    ),
  );
