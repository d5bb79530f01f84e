import type { Application } from '../../application/application.ts';
import type { InvalidInput } from '../../application/input-problem.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { map, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { Codec } from '../wire/codecs/codec.ts';
import { decode } from '../wire/decode.ts';
import type { Failure } from '../wire/failure.ts';
import type { WholeReply } from '../wire/reply.ts';

export type CommandDeps = { readonly application: Application; readonly clock: Pick<Clock, 'now'> };

/** `messageId` identifies a write, as an Idempotency-Key does over HTTP. */
export type CommandWork = (ctx: TenantContext, messageId: string) => AsyncResult<Failure, WholeReply>;
/** Turns a decoded JSON value into the work to do, or into all problems with it. */
export type CommandRoute = (body: unknown) => Either<InvalidInput, CommandWork>;

export const route =
  <B>(
    codec: Codec<B>,
    run: (ctx: TenantContext, body: B, messageId: string) => AsyncResult<Failure, WholeReply>,
  ): CommandRoute =>
  (body) =>
    map(
      (request: B): CommandWork =>
        (ctx, messageId) =>
          run(ctx, request, messageId),
    )(decode(codec, body));
