import { cachedOperations } from '../../../application/provider-call/operation.ts';
import { healthStatuses, serviceTypes } from '../../../domain/external-service/external-service.ts';
import type { ServiceFilter } from '../../../domain/external-service/external-service-repository.ts';
import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import { sourceServices } from '../../../domain/webhook/scheme/signature-scheme.ts';
import { webhookStatuses } from '../../../domain/webhook/webhook-config.ts';
import type { WebhookFilter } from '../../../domain/webhook/webhook-config-repository.ts';
import { readListCursor, type ListCursor, type ListPage } from '../list-cursor.ts';
import { described, leaf, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { oneOf, plainText } from './values.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 200;

export const integerText = (
  min: number,
  max: number,
  notes: { readonly [keyword: string]: number | string },
) =>
  leaf<number>({ type: 'integer', minimum: min, maximum: max, ...notes }, (input) => {
    const value = typeof input === 'string' && /^\d{1,9}$/.test(input) ? Number(input) : Number.NaN;
    return value >= min && value <= max ? right(value) : left(`an integer from ${min} to ${max}`);
  });

const flagText = leaf<boolean>({ type: 'boolean' }, (input) =>
  input === 'true' || input === 'false' ? right(input === 'true') : left('true or false'),
);

/** During a rolling update another release may have issued the cursor. */
const NO_CURSOR = 'not a cursor of this version of the service: start again without one';

const cursor = leaf<ListCursor>(
  {
    type: 'string',
    description:
      '`next_cursor` of the previous page, with the same filters, including `from` and `to`; omitted: the first page.',
  },
  (input) => {
    const position = readListCursor(typeof input === 'string' ? input : '');
    return isLeft(position) ? left(NO_CURSOR) : right(position.right);
  },
);

export const paging = {
  limit: integerText(1, LARGEST_PAGE, {
    default: DEFAULT_PAGE,
    description: 'Maximum number of items per page.',
  }),
  cursor,
};
export const pageOf = (query: { readonly limit?: number; readonly cursor?: ListCursor }): ListPage => ({
  limit: query.limit ?? DEFAULT_PAGE,
  ...(query.cursor === undefined ? {} : { after: query.cursor }),
});

export const nameText = plainText({ min: 1, max: 128 });
export const ofService = described('Only those of the service with this name.', nameText);
export const noQuery = strictObject({}, {});
export const pageQuery: Codec<{ readonly page: ListPage }> = mapped(strictObject({}, paging), (query) => ({
  page: pageOf(query),
}));

export const serviceListQuery = mapped(
  strictObject(
    {},
    {
      service_type: described('Only those of this type.', oneOf(serviceTypes)),
      is_active: described('Only active services, or only inactive ones.', flagText),
      health_status: described('Only services with this health status.', oneOf(healthStatuses)),
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
      source_service: described('Only those of this sender.', oneOf(sourceServices)),
      status: described(
        'Only webhooks with this status; omitted: all except archived ones.',
        oneOf(webhookStatuses),
      ),
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
  strictObject({}, { purge: described('Remove it permanently at once; default: false.', flagText) }),
  ({ purge }) => ({ purge: purge ?? false }),
);

export const cacheEntryQuery = mapped(
  strictObject(
    {},
    {
      service_name: ofService,
      operation: described('Only answers of this operation.', oneOf<string>(cachedOperations)),
      ...paging,
    },
  ),
  (query) => ({
    page: pageOf(query),
    ...(query.service_name === undefined ? {} : { serviceName: query.service_name }),
    ...(query.operation === undefined ? {} : { operation: query.operation }),
  }),
);
