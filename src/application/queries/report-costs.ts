import type {
  CallLogReader,
  CostRow,
  LogFilter,
  LogGrouping,
  TrailTooLong,
} from '../../domain/audit/call-log-reader.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { left } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

type Deps = { readonly logs: CallLogReader; readonly services: ExternalServiceReader };

/** Costs of calls, from the audit trail. A service in the filter must belong to the tenant. */
export const reportCosts =
  ({
    logs,
    services,
  }: Deps): Handler<
    { readonly filter: LogFilter; readonly groupBy: LogGrouping },
    readonly CostRow[],
    NotFound | TrailTooLong
  > =>
  async (ctx, { filter, groupBy }) => {
    if (filter.serviceId !== undefined && (await services.byId(ctx.tenantId, filter.serviceId)) === undefined)
      return left(notFound('service'));
    return logs.costs(ctx.tenantId, filter, groupBy);
  };
