import type { OnceHandler } from '../../application/application.ts';
import { isLeft, right, type Either } from '../../domain/shared/fp.ts';
import { tenantEndpoint, type Route, type TenantEndpoint, type TenantRequest } from './endpoint.ts';
import type { Failure } from '../wire/failure.ts';
import { replayedHeaders } from './middleware/idempotency-key.ts';
import { withHeaders, type WholeReply } from '../wire/reply.ts';

type OnceEndpoint<Q, B, C, A> = Omit<TenantEndpoint<Q, B>, 'handle' | 'takesKey'> & {
  readonly command: OnceHandler<C, A, Failure>;
  readonly asked: (request: TenantRequest<Q, B>) => Either<Failure, C>;
  readonly reply: (answer: A, request: TenantRequest<Q, B>) => WholeReply;
};

/** A command carried out once per Idempotency-Key, under a lease: a repeat gets the kept answer, marked as replayed. */
export const onceEndpoint = <Q, B, C, A>({
  command,
  asked,
  reply,
  ...endpoint
}: OnceEndpoint<Q, B, C, A>): Route =>
  tenantEndpoint<Q, B>({
    ...endpoint,
    takesKey: true,
    handle: async (request) => {
      const query = asked(request);
      if (isLeft(query)) return query;
      const done = await command(request.ctx, { key: request.key, query: query.right });
      return isLeft(done)
        ? done
        : right(withHeaders(reply(done.right.answer, request), replayedHeaders(done.right)));
    },
  });
