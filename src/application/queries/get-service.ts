import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

export const getService =
  ({
    services,
  }: {
    readonly services: ExternalServiceReader;
  }): Handler<{ readonly id: string }, ExternalService, NotFound> =>
  async (ctx, { id }) => {
    const service = await services.byId(ctx.tenantId, id);
    return service === undefined ? left(notFound('service')) : right(service);
  };
