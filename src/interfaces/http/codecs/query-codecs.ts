import * as t from 'io-ts';
import { logGroupings, type LogFilter, type LogGrouping } from '../../../domain/audit/call-log-reader.ts';
import { callStatuses } from '../../../domain/audit/call-record.ts';
import { healthStatuses, serviceTypes } from '../../../domain/external-service/external-service.ts';
import type {
  PageRequest,
  ServiceFilter,
} from '../../../domain/external-service/external-service-repository.ts';
import { decodeCursor, type CursorPosition } from '../../../domain/shared/cursor.ts';
import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';
import { sourceServices } from '../../../domain/webhook/signature-scheme.ts';
import { webhookStatuses } from '../../../domain/webhook/webhook-config.ts';
import type { WebhookFilter } from '../../../domain/webhook/webhook-config-repository.ts';
import { codecOf, described, leaf, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { momentOrDay, oneOf, plainText } from './values.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 200;
const LONGEST_CALL_MS = 86_400_000;

const integerText = (min: number, max: number, notes: { readonly [keyword: string]: number | string }) =>
  leaf<number>({ type: 'integer', minimum: min, maximum: max, ...notes }, (input) => {
    const value = typeof input === 'string' && /^\d{1,9}$/.test(input) ? Number(input) : Number.NaN;
    return value >= min && value <= max ? right(value) : left(`an integer from ${min} to ${max}`);
  });

const flagText = leaf<boolean>({ type: 'boolean' }, (input) =>
  input === 'true' || input === 'false' ? right(input === 'true') : left('true or false'),
);

/** In a query an unescaped "+" has become a space before it gets here. */
const momentText = codecOf<number>(
  (input, context) =>
    momentOrDay.validate(typeof input === 'string' ? input.replace(' ', '+') : input, context),
  (describe) => describe(momentOrDay),
);

const cursor = leaf<CursorPosition>(
  {
    type: 'string',
    description: '`next_cursor` of the page before, with the same filters; left out: the first page.',
  },
  (input) => {
    const position = decodeCursor(typeof input === 'string' ? input : '');
    return isLeft(position) ? left('not a cursor given by this service') : right(position.right);
  },
);

export const paging = {
  limit: integerText(1, LARGEST_PAGE, { default: DEFAULT_PAGE, description: 'Most items of the page.' }),
  cursor,
};
export const pageOf = (query: {
  readonly limit?: number;
  readonly cursor?: CursorPosition;
}): PageRequest => ({
  limit: query.limit ?? DEFAULT_PAGE,
  ...(query.cursor === undefined ? {} : { after: query.cursor }),
});

const name = plainText({ min: 1, max: 128 });
const ofService = described('Only of the service of this name.', name);
const ofOperation = described('Only of this, such as `geocode` or `sheets_read`.', name);
export const from = described(
  'Start of the period, inclusive; a day means its first moment in UTC.',
  momentText,
);
export const to = described('End of the period, exclusive; a day means its first moment in UTC.', momentText);

export const noQuery = strictObject({}, {});
export const pageQuery: Codec<PageRequest> = mapped(strictObject({}, paging), pageOf);

export const serviceListQuery = mapped(
  strictObject(
    {},
    {
      service_type: described('Only of this type.', oneOf(serviceTypes)),
      is_active: described('Only active ones, or only the others.', flagText),
      health_status: described('Only those that fare so.', oneOf(healthStatuses)),
      ...paging,
    },
  ),
  (query) => ({
    page: pageOf(query),
    filter: {
      ...(query.service_type === undefined ? {} : { serviceType: query.service_type }),
      ...(query.is_active === undefined ? {} : { isActive: query.is_active }),
      ...(query.health_status === undefined ? {} : { healthStatus: query.health_status }),
    } satisfies ServiceFilter,
  }),
);

export const webhookListQuery = mapped(
  strictObject(
    {},
    {
      source_service: described('Only of this sender.', oneOf(sourceServices)),
      status: described('Only those; left out: all but archived ones.', oneOf(webhookStatuses)),
      ...paging,
    },
  ),
  (query) => ({
    page: pageOf(query),
    filter: {
      ...(query.source_service === undefined ? {} : { sourceService: query.source_service }),
      ...(query.status === undefined ? {} : { status: query.status }),
    } satisfies WebhookFilter,
  }),
);

/** `purge`: remove at once, instead of archiving first. */
export const removeWebhookQuery = mapped(
  strictObject({}, { purge: described('Remove it for good at once; default: false.', flagText) }),
  ({ purge }) => ({ purge: purge ?? false }),
);

export const cacheEntryQuery = mapped(
  strictObject({}, { service_name: ofService, operation: ofOperation, ...paging }),
  (query) => ({
    page: pageOf(query),
    ...(query.service_name === undefined ? {} : { serviceName: query.service_name }),
    ...(query.operation === undefined ? {} : { operation: query.operation }),
  }),
);

type Period = { readonly from?: number; readonly to?: number };

/** A period that ends before it starts finds nothing, ever: somebody mixed the two up. Told beside what else is wrong. */
export const forward = <A extends Period>(inner: Codec<A>): Codec<A> =>
  codecOf(
    (input, context) => {
      const value = inner.validate(input, context);
      const { from, to } = isLeft(value) ? endsIn(input) : value.right;
      if (from === undefined || to === undefined || from < to) return value;
      const error = {
        value: input,
        context: t.appendContext(context, 'to', momentOrDay),
        message: BACKWARDS,
      };
      return t.failures([...(isLeft(value) ? value.left : []), error]);
    },
    (describe) => describe(inner),
  );
const BACKWARDS = 'must lie after from';

/** As far as they can be read, whatever else is wrong. */
const endsIn = (input: unknown): Period => {
  if (!isJsonObject(input)) return {};
  const [first, last] = [momentText.decode(input['from']), momentText.decode(input['to'])];
  return isLeft(first) || isLeft(last) ? {} : { from: first.right, to: last.right };
};

export const periodOf = (query: Period): Pick<LogFilter, 'from' | 'to'> => ({
  ...(query.from === undefined ? {} : { from: query.from }),
  ...(query.to === undefined ? {} : { to: query.to }),
});

const logFields = {
  service_name: ofService,
  operation: ofOperation,
  status: described('Only those that ended so.', oneOf(callStatuses)),
  request_id: described('Only those of the request with this `X-Request-Id`.', name),
  from,
  to,
  min_duration_ms: integerText(0, LONGEST_CALL_MS, {
    description: 'Only those that took so many milliseconds or more.',
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

/** `from`, `to` and how to group what lies between; the default differs from route to route. */
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
            description: 'What makes a row; hours and days in UTC.',
          }),
        },
      ),
    ),
    (query) => ({ filter: periodOf(query), groupBy: query.group_by ?? fallback }),
  );
