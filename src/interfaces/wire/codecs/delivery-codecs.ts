import type { ListDeliveries, ListRejections } from '../../../application/queries/read-deliveries.ts';
import { keptFlags, type KeptFlag } from '../../../domain/webhook/delivery/delivery-reader.ts';
import { keptStates } from '../../../domain/webhook/delivery/received-delivery.ts';
import type { ListPage } from '../list-cursor.ts';
import { described, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { forward, from, periodOf, to } from './period-codecs.ts';
import { pageOf, paging } from './query-codecs.ts';
import { oneOf, plainText } from './values.ts';

/** How event types are selected, by webhooks and in filters. */
export const oneStar = {
  regex: /^[^*]*\*?[^*]*$/,
  says: 'at most one "*", which stands for any text: invoice.*',
};

export const eventType = plainText({ min: 1, max: 255, pattern: oneStar });
export const externalId = plainText({ min: 1, max: 255 });

type OfPath<L extends { readonly filter: object }> = {
  readonly filter: Omit<L['filter'], 'webhookId'>;
  readonly page: ListPage;
};

/** The webhook is named in the path. */
export const deliveryListQuery: Codec<OfPath<ListDeliveries>> = mapped(
  forward(
    strictObject(
      {},
      {
        state: described('Only those in this state.', oneOf(keptStates)),
        event_type: described('Only those of this event type; one `*` stands for any text.', eventType),
        external_id: described('Only those with this id assigned by the sender.', externalId),
        flag: described('Only those with this flag.', oneOf(keptFlags)),
        from,
        to,
        ...paging,
      },
    ),
  ),
  (query) => ({
    page: pageOf(query),
    filter: {
      ...periodOf(query),
      ...(query.state === undefined ? {} : { state: query.state }),
      ...(query.event_type === undefined ? {} : { eventType: query.event_type }),
      ...(query.external_id === undefined ? {} : { externalId: query.external_id }),
      ...(query.flag === undefined ? {} : { flags: [query.flag] as readonly KeptFlag[] }),
    },
  }),
);

export const rejectionListQuery: Codec<OfPath<ListRejections>> = mapped(
  forward(
    strictObject(
      {},
      {
        reason: described('Only those refused for this reason.', plainText({ min: 1, max: 64 })),
        from,
        to,
        ...paging,
      },
    ),
  ),
  (query) => ({
    page: pageOf(query),
    filter: { ...periodOf(query), ...(query.reason === undefined ? {} : { reason: query.reason }) },
  }),
);
