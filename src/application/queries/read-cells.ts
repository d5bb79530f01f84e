import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { ReadAnswer } from '../../domain/provider/spreadsheet.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import { versionOf } from '../spreadsheet/spreadsheet-of-plan.ts';
import type { Handler } from '../handler.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';
import type { CellsRequest } from '../provider-call/operations/sheets-read-operation.ts';

export type ReadCells = Omit<CellsRequest, 'version'>;

type Deps = {
  readonly services: ExternalServiceReader;
  readonly versions: SpreadsheetVersions;
  readonly read: CompleteOperation<CellsRequest, ReadAnswer>;
};

/**
 * Reads ranges of one spreadsheet. The version is read before the cells, so cells cached under it are never older than
 * it.
 */
export const readCells =
  ({ services, versions, read }: Deps): Handler<Asked<ReadCells>, Answered<ReadAnswer>, FailedCall> =>
  async (ctx, { request, options }) => {
    const plan = planFor(await services.activeOf(ctx.tenantId, 'spreadsheet'));
    const version = await versionOf(versions, { ...plan, spreadsheetId: request.spreadsheetId });
    return read({ ctx, request: { ...request, version }, options }, plan);
  };
