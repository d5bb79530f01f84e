import { allOperations } from '../../../application/provider-call/operation.ts';
import { logGroupings, type LogFilter, type LogGrouping } from '../../../domain/audit/call-log-reader.ts';
import { callStatuses } from '../../../domain/audit/call-record.ts';
import { described, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { forward, from, periodOf, to } from './period-codecs.ts';
import { integerText, nameText, ofService, pageOf, paging } from './query-codecs.ts';
import { oneOf } from './values.ts';

const LONGEST_CALL_MS = 86_400_000;

const logFields = {
  service_name: ofService,
  operation: described('Only calls of this operation.', oneOf<string>(allOperations)),
  status: described('Only calls with this status.', oneOf(callStatuses)),
  request_id: described('Only calls of the request with this `X-Request-Id`.', nameText),
  from,
  to,
  min_duration_ms: integerText(0, LONGEST_CALL_MS, {
    description: 'Only calls that took at least this many milliseconds.',
  }),
};
export const logListQuery = mapped(forward(strictObject({}, { ...logFields, ...paging })), (query) => ({
  page: pageOf(query),
  filter: {
    ...periodOf(query),
    ...(query.service_name === undefined ? {} : { serviceName: query.service_name }),
    ...(query.operation === undefined ? {} : { operation: query.operation }),
    ...(query.status === undefined ? {} : { status: query.status }),
    ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
    ...(query.min_duration_ms === undefined ? {} : { minDurationMs: query.min_duration_ms }),
  } satisfies LogFilter,
}));

/** `from`, `to` and the grouping of what lies between; its default differs between routes. */
export const groupedPeriodQuery = (
  fallback: LogGrouping,
): Codec<{ readonly filter: LogFilter; readonly groupBy: LogGrouping }> =>
  mapped(
    forward(
      strictObject(
        {},
        {
          from,
          to,
          group_by: oneOf(logGroupings, {
            default: fallback,
            description: 'What to group by; hours and days are in UTC.',
          }),
        },
      ),
    ),
    (query) => ({ filter: periodOf(query), groupBy: query.group_by ?? fallback }),
  );
