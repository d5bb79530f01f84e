import type { TrailTooLong } from '../../domain/audit/call-log-reader.ts';
import { isLeft, left, map, right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type {
  DeliveryBody,
  DeliveryDetails,
  DeliveryFilter,
  DeliveryReader,
  KeptDelivery,
} from '../../domain/webhook/delivery/delivery-reader.ts';
import type {
  ListedRejection,
  RejectionFilter,
  RejectionReader,
} from '../../domain/webhook/delivery/rejection-reader.ts';
import type { WebhookConfigReader } from '../../domain/webhook/webhook-config-repository.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

type Webhooks = { readonly webhooks: Pick<WebhookConfigReader, 'byId'> };
type Deliveries = { readonly deliveries: DeliveryReader };

type OfOneWebhook<F> = { readonly filter: F & { readonly webhookId: string }; readonly page: PageRequest };
export type ListDeliveries = OfOneWebhook<DeliveryFilter>;
export type ListRejections = OfOneWebhook<RejectionFilter>;
export type RejectionPage = Page<ListedRejection> & { readonly unlisted: number };

/** Deliveries that one webhook accepted, newest first. */
export const listDeliveries =
  ({
    webhooks,
    deliveries,
  }: Webhooks & Deliveries): Handler<ListDeliveries, Page<KeptDelivery>, NotFound | TrailTooLong> =>
  async ({ tenantId }, { filter, page }) =>
    (await webhooks.byId(tenantId, filter.webhookId)) === undefined
      ? left(notFound('webhook'))
      : deliveries.list(tenantId, filter, page);

/** Deliveries that one webhook refused, newest first, and the number of refusals that were only counted. */
export const listRejections =
  ({
    webhooks,
    rejections,
  }: Webhooks & { readonly rejections: RejectionReader }): Handler<
    ListRejections,
    RejectionPage,
    NotFound | TrailTooLong
  > =>
  async ({ tenantId }, { filter, page }) => {
    if ((await webhooks.byId(tenantId, filter.webhookId)) === undefined) return left(notFound('webhook'));
    const [listed, unlisted] = await Promise.all([
      rejections.list(tenantId, filter, page),
      rejections.unlisted(tenantId, filter),
    ]);
    if (isLeft(listed)) return listed;
    return map((count: number) => ({ ...listed.right, unlisted: count }))(unlisted);
  };

/** One delivery without its body. */
export const getDelivery =
  ({ deliveries }: Deliveries): Handler<{ readonly id: string }, DeliveryDetails, NotFound> =>
  async ({ tenantId }, { id }) => {
    const found = await deliveries.byId(tenantId, id);
    return found === undefined ? left(notFound('delivery')) : right(found);
  };

/** The body of one delivery, byte for byte as received. */
export const getDeliveryBody =
  ({ deliveries }: Deliveries): Handler<{ readonly id: string }, DeliveryBody, NotFound> =>
  async ({ tenantId }, { id }) => {
    const found = await deliveries.bodyOf(tenantId, id);
    return found === undefined ? left(notFound('delivery')) : right(found);
  };
