import { invalidInput } from '../../application/input-problem.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import { noBody } from './body-rule.ts';
import { tenantEndpoint, type Route, type TenantEndpoint, type TenantRequest } from './endpoint.ts';
import type { Failure } from '../wire/failure.ts';
import { listNamed, writeListCursor, type ListPage } from '../wire/list-cursor.ts';
import { json } from '../wire/reply.ts';

type ListQuery = { readonly page: ListPage };
type Asked<Q> = TenantRequest<Omit<Q, 'page'> & { readonly page: PageRequest }, undefined>;

type ListEndpoint<Q, T, M> = Omit<TenantEndpoint<Q, undefined>, 'method' | 'body' | 'handle'> & {
  readonly find: (request: Asked<Q>) => AsyncResult<Failure, Page<T> & M>;
  readonly present: (item: T, request: Asked<Q>) => unknown;
  /** Additional information about the list, beside its items. */
  readonly meta?: (found: M) => object;
};

const elsewhere = left(
  invalidInput({
    pointer: '/cursor',
    detail:
      'belongs to another list, or to this one with other filters: repeat the filters of its page, including from and to',
    parameter: 'cursor',
  }),
);

/**
 * A paginated list of a tenant's resources. A cursor is accepted only for the list it was issued for: same list, tenant
 * and filters.
 */
export const listEndpoint = <Q extends ListQuery, T, M>({
  find,
  present,
  meta,
  ...endpoint
}: ListEndpoint<Q, T, M>): Route =>
  tenantEndpoint<Q, undefined>({
    ...endpoint,
    method: 'get',
    body: noBody,
    handle: async (request) => {
      const { ctx, id, query } = request;
      const { page, ...filters } = query;
      const list = listNamed(endpoint.docs.operationId, { tenant: ctx.tenantId, id, ...filters });
      if (page.after !== undefined && page.after.list !== list) return elsewhere;
      const asked = { ...request, query: { ...query, page: plainPage(page) } };
      const found = await find(asked);
      if (isLeft(found)) return found;
      const { items, nextCursor } = found.right;
      return right(
        json(200, {
          data: items.map((item) => present(item, asked)),
          page: { next_cursor: nextCursor === undefined ? null : writeListCursor(nextCursor, list) },
          ...(meta && { meta: meta(found.right) }),
        }),
      );
    },
  });

const plainPage = ({ limit, after }: ListPage): PageRequest => ({
  limit,
  ...(after && { after: { at: after.at, id: after.id } }),
});
