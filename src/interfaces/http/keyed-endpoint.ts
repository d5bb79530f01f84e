import * as t from 'io-ts';
import type { Application } from '../../application/application.ts';
import { invalidInput, type InputProblem } from '../../application/input-problem.ts';
import type { TransactionalHandler } from '../../application/once-in-transaction.ts';
import { fingerprintOf, type IdempotencyKey } from '../../domain/idempotency/idempotency-key.ts';
import type { KeyedRequest } from '../../domain/idempotency/idempotency-keys.ts';
import { isLeft, isRight, left, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import { throughJson, type Json } from '../../domain/shared/json.ts';
import { tenantEndpoint, type Route, type TenantEndpoint, type TenantRequest } from './endpoint.ts';
import type { Failure } from '../wire/failure.ts';
import { replayedHeaders } from './middleware/idempotency-key.ts';
import type { WholeReply } from '../wire/reply.ts';

type KeyedEndpoint<Q, B, C, A> = Omit<TenantEndpoint<Q, B>, 'handle' | 'takesKey'> & {
  readonly command: TransactionalHandler<C, A, Failure>;
  /** Makes the command's input; called only when the request was not carried out before. */
  readonly asked: (request: TenantRequest<Q, B>) => AsyncResult<Failure, C>;
  readonly reply: (answer: A, request: TenantRequest<Q, B>) => WholeReply;
  /**
   * All problems that can be told from the request alone. Asked when the database is lost: with some, the caller is
   * told these instead of 503, after which it would come again in vain.
   */
  readonly wrongByItself?: (request: TenantRequest<Q, B>) => Promise<readonly InputProblem[]>;
};

type Recall = Pick<Application['queries'], 'recallAnswer'>;

/**
 * A write that changes only our own database: with an Idempotency-Key, a repeat gets the first answer byte for byte.
 */
export const keyedEndpoint = <Q, B, C, A>(
  queries: Recall,
  { command, asked, reply, wrongByItself, ...endpoint }: KeyedEndpoint<Q, B, C, A>,
): Route => {
  const handle = async (request: TenantRequest<Q, B>): AsyncResult<Failure, WholeReply> => {
    const named = request.key && namedBy(request.key, endpoint.docs.operationId, request);
    // A lost database ends nothing here: the command claims the key together with its write, so it carries nothing out
    // twice, and it may find the request invalid without the database.
    const before = await earlierReply(queries, request, named).catch(ifLost(request));
    if (before !== undefined && before !== 'lost') return before;
    const query = await asked(request);
    const shown = (answer: A): Json => keptOf(reply(answer, request));
    const done = isLeft(query)
      ? query
      : await command(request.ctx, query.right, named && { ...named, shown });
    if (isRight(done)) return right(reply(done.right, request));
    const failure = done.left;
    if (failure.kind === 'done-before') return right(replyFrom(failure.answer));
    if (before === 'lost' && failure.kind === 'invalid-input') return left(failure);
    // An equal request may have been carried out while this one was being checked: then this failure, a conflict for
    // instance, was caused by that request, and its answer is the one to give.
    return (await earlierReply(queries, request, named)) ?? left(failure);
  };
  return tenantEndpoint<Q, B>({
    ...endpoint,
    takesKey: true,
    handle: wrongByItself === undefined ? handle : unlessWrong(handle, wrongByItself),
  });
};

const ifLost =
  ({ exchange }: TenantRequest<unknown, unknown>) =>
  (error: unknown): 'lost' => {
    if (!exchange.kit.isDependencyLost(error)) throw error;
    return 'lost';
  };

const unlessWrong =
  <Q, B>(
    handle: (request: TenantRequest<Q, B>) => AsyncResult<Failure, WholeReply>,
    wrongByItself: (request: TenantRequest<Q, B>) => Promise<readonly InputProblem[]>,
  ) =>
  async (request: TenantRequest<Q, B>): AsyncResult<Failure, WholeReply> => {
    try {
      return await handle(request);
    } catch (error) {
      if (!request.exchange.kit.isDependencyLost(error)) throw error;
      const problems = await wrongByItself(request);
      if (problems.length === 0) throw error;
      return left(invalidInput(...problems));
    }
  };

/**
 * The caller is part of the fingerprint, so that a secret shown once is not shown to somebody else who knows the key.
 */
const namedBy = <Q, B>(
  key: IdempotencyKey,
  operation: string,
  { ctx: { actor }, id, query, body }: TenantRequest<Q, B>,
): KeyedRequest => {
  const asked = { actor: [actor.kind, actor.id], id, query, body };
  return { key, fingerprint: fingerprintOf(operation, throughJson(asked)) };
};

/** Undefined if it was not carried out before. */
const earlierReply = async (
  { recallAnswer }: Recall,
  { ctx }: Pick<TenantRequest<unknown, unknown>, 'ctx'>,
  named: KeyedRequest | undefined,
): Promise<Either<Failure, WholeReply> | undefined> => {
  if (named === undefined) return undefined;
  const known = await recallAnswer(ctx, named);
  if (isLeft(known)) return known;
  return known.right === undefined ? undefined : right(replyFrom(known.right));
};

const keptReply = t.type({
  status: t.number,
  headers: t.readonlyArray(t.string),
  body: t.union([t.string, t.null]),
});

const keptOf = ({ status, headers, body }: WholeReply): Json => ({
  status,
  headers,
  body: typeof body === 'string' ? body : null,
});

const replyFrom = (kept: Json): WholeReply => {
  const read = keptReply.decode(kept);
  if (isLeft(read)) throw new Error('a kept reply cannot be read');
  const { status, headers, body } = read.right;
  return { status, headers: [...headers, ...replayedHeaders({ replayed: true })], body: body ?? undefined };
};
