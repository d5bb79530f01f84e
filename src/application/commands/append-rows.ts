import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import type { KeyedHandler } from '../once-only.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';
import type { RowsAppended, RowsToAppend } from '../provider-call/operations/sheets-append-operation.ts';
import type { AppendedRows } from '../spreadsheet/append-parts.ts';
import { noteWritten } from './note-written.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly versions: SpreadsheetVersions;
  readonly append: CompleteOperation<RowsAppended, AppendedRows>;
};

/** Appends rows below existing ones. With an idempotency key they are written once, however often they are sent. */
export const appendRows =
  ({
    services,
    versions,
    append,
  }: Deps): KeyedHandler<Asked<RowsToAppend>, Answered<AppendedRows>, FailedCall> =>
  async (ctx, { request, options }, keyed) => {
    const plan = planFor(await services.activeOf(ctx.tenantId, 'spreadsheet'));
    const spreadsheet = { ...plan, spreadsheetId: request.spreadsheetId };
    return noteWritten(versions, spreadsheet, () =>
      append({ ctx, request: { ...request, keyed }, options }, plan),
    );
  };
