import { left, right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { WebhookConfigReader, WebhookFilter } from '../../domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

type Deps = { readonly webhooks: Pick<WebhookConfigReader, 'byId' | 'list'> };
export type ListWebhooks = { readonly filter: WebhookFilter; readonly page: PageRequest };

/** The tenant's webhooks, newest first. */
export const listWebhooks =
  ({ webhooks }: Deps): Handler<ListWebhooks, Page<WebhookConfig>> =>
  async (ctx, { filter, page }) =>
    right(await webhooks.list(ctx.tenantId, filter, page));

export const getWebhook =
  ({ webhooks }: Deps): Handler<{ readonly id: string }, WebhookConfig, NotFound> =>
  async (ctx, { id }) => {
    const config = await webhooks.byId(ctx.tenantId, id);
    return config === undefined ? left(notFound('webhook')) : right(config);
  };
