import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { WriteAnswer } from '../../domain/provider/spreadsheet.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { KeyedHandler } from '../once-only.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';
import type { CellsWritten } from '../provider-call/operations/sheets-write-operation.ts';
import { noteWritten } from './note-written.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly versions: SpreadsheetVersions;
  readonly write: CompleteOperation<CellsWritten, WriteAnswer>;
};

/** Writes values into one range or several, atomically. Idempotent: a repeat writes the same values again. */
export const writeCells =
  ({
    services,
    versions,
    write,
  }: Deps): KeyedHandler<Asked<CellsWritten>, Answered<WriteAnswer>, FailedCall> =>
  async (ctx, { request, options }) => {
    const plan = planFor(await services.activeOf(ctx.tenantId, 'spreadsheet'));
    const spreadsheet = { ...plan, spreadsheetId: request.spreadsheetId };
    return noteWritten(versions, spreadsheet, () => write({ ctx, request, options }, plan));
  };
