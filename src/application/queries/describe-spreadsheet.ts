import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { SpreadsheetMetadata } from '../../domain/provider/spreadsheet.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';
import { versionOf } from '../spreadsheet/spreadsheet-of-plan.ts';
import type { Handler } from '../handler.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';
import type { MetadataRequest } from '../provider-call/operations/sheets-metadata-operation.ts';

export type DescribeSpreadsheet = Omit<MetadataRequest, 'version'>;

type Deps = {
  readonly services: ExternalServiceReader;
  readonly versions: SpreadsheetVersions;
  readonly metadata: CompleteOperation<MetadataRequest, SpreadsheetMetadata>;
};

/**
 * Title and sheets of a spreadsheet. Cached under its version like the cells, because an append may add rows to the
 * grid.
 */
export const describeSpreadsheet =
  ({
    services,
    versions,
    metadata,
  }: Deps): Handler<Asked<DescribeSpreadsheet>, Answered<SpreadsheetMetadata>, FailedCall> =>
  async (ctx, { request, options }) => {
    const plan = planFor(await services.activeOf(ctx.tenantId, 'spreadsheet'));
    const version = await versionOf(versions, { ...plan, spreadsheetId: request.spreadsheetId });
    return metadata({ ctx, request: { ...request, version }, options }, plan);
  };
