import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type {
  ExternalServiceReader,
  ServiceFilter,
} from '../../domain/external-service/external-service-repository.ts';
import { right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Handler } from '../handler.ts';

type Query = { readonly filter: ServiceFilter; readonly page: PageRequest };

/** The tenant's services, newest first. */
export const listServices =
  ({ services }: { readonly services: ExternalServiceReader }): Handler<Query, Page<ExternalService>> =>
  async (ctx, { filter, page }) =>
    right(await services.list(ctx.tenantId, filter, page));
