import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { ClearAnswer } from '../../domain/provider/spreadsheet.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { KeyedHandler } from '../once-only.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';
import type { CellsCleared } from '../provider-call/operations/sheets-clear-operation.ts';
import { noteWritten } from './note-written.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly versions: SpreadsheetVersions;
  readonly clear: CompleteOperation<CellsCleared, ClearAnswer>;
};

/** Clears the values of the cells of a range. */
export const clearCells =
  ({
    services,
    versions,
    clear,
  }: Deps): KeyedHandler<Asked<CellsCleared>, Answered<ClearAnswer>, FailedCall> =>
  async (ctx, { request, options }) => {
    const plan = planFor(await services.activeOf(ctx.tenantId, 'spreadsheet'));
    const spreadsheet = { ...plan, spreadsheetId: request.spreadsheetId };
    return noteWritten(versions, spreadsheet, () => clear({ ctx, request, options }, plan));
  };
