import { fingerprintOf, type IdempotencyKey } from '../domain/idempotency/idempotency-key.ts';
import type { IdempotencyKeys, KeyClaim, KeyLease } from '../domain/idempotency/idempotency-keys.ts';
import { isLeft, left, map, mapLeft, right, type AsyncResult, type Either } from '../domain/shared/fp.ts';
import type { Json } from '../domain/shared/json.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';
import type { Handler } from './handler.ts';
import { renewing, type RenewingDeps } from './renewing.ts';

/** What a handler needs to know about the idempotency key it runs under. */
export type KeyedWrite = {
  /**
   * Identifies the write at its destination, so that a repeat is recognised there: it is written into the spreadsheet
   * together with the rows, or determines the id of a replay. The same for every try of the key.
   */
  readonly mark: number;
  /**
   * An earlier holder of the key may have done the write already. The handler must find out, or answer that the outcome
   * is unknown; it must never simply write again.
   */
  readonly isTakeover: boolean;
  /** An earlier holder had called `sending`. */
  readonly maybeSent: boolean;
  /**
   * Must be called just before rows without a mark are sent, so that a later takeover knows of it. False: the key has
   * been taken over meanwhile, and nothing may be sent.
   */
  readonly sending: () => Promise<boolean>;
};

/** A command handler that knows its idempotency key; undefined when the caller gave none. */
export type KeyedHandler<Query, Answer, Failure> = (
  ctx: TenantContext,
  query: Query,
  keyed: KeyedWrite | undefined,
) => AsyncResult<Failure, Answer>;

export type Once<Query> = { readonly key: IdempotencyKey | undefined; readonly query: Query };
export type OnceAnswer<Answer> = { readonly answer: Answer; readonly replayed: boolean };

export type IdempotencyRefused =
  | { readonly kind: 'idempotency-in-progress'; readonly retryAfterMs: number }
  | { readonly kind: 'idempotency-mismatch' };

/** How an answer is stored and read back. What comes from the store is decoded like any foreign data. */
export type AnswerCodec<Answer> = {
  readonly encode: (answer: Answer) => Json;
  readonly decode: (kept: unknown) => Either<unknown, Answer>;
};

/** All that differs between commands with idempotency keys. */
export type OnceSpec<Query, Answer, Failure> = {
  /** Part of the fingerprint: the same key used for another command is a mismatch. */
  readonly operation: string;
  /** Everything the write depends on, and nothing else: two requests with one key must agree in it. */
  readonly asked: (query: Query) => Json;
  readonly codec: AnswerCodec<Answer>;
  /** The spreadsheet that receives the mark with the rows, or most probably does; undefined when there is none. */
  readonly markPlace?: (ctx: TenantContext, query: Query) => Promise<string | undefined>;
  /** An earlier request with the mark was given up before a later one succeeded, and may still arrive. */
  readonly mayComeAgain?: (answer: Answer) => boolean;
  /** False for failures after which certainly nothing was written. */
  readonly mayHaveWritten: (failure: Failure) => boolean;
  /**
   * Replaces the failure of a takeover that failed itself, while an earlier try may have written. Absent: the failure
   * itself is returned.
   */
  readonly inDoubt?: (failure: Failure, query: Query, keyed: Pick<KeyedWrite, 'maybeSent'>) => Failure;
};

export type OnceOnlyDeps = RenewingDeps & {
  readonly keys: IdempotencyKeys;
  /**
   * The outcome of the write is known but could not be stored with the key: after the lease expires, the next repeat
   * takes over.
   */
  readonly onNotKept: (error: unknown, ctx: TenantContext) => void;
};

/**
 * Runs a command once per idempotency key, by Stripe's rules (ADR 24): a repeat of a finished write gets the stored
 * answer; a repeat while it is in progress, or with a different body, is refused. Only successes are stored. A failure
 * that wrote nothing (including a refusal by the provider, since its writes are atomic) releases the key, so that the
 * caller may correct the request under the same key. A failure that may have written leaves the key in doubt, and the
 * next repeat has to find out. Without a key the command just runs. Rejects before calling the handler when the store
 * is unavailable.
 */
export const onceOnly =
  (deps: OnceOnlyDeps) =>
  <Query, Answer, Failure>(
    spec: OnceSpec<Query, Answer, Failure>,
    handler: KeyedHandler<Query, Answer, Failure>,
  ): Handler<Once<Query>, OnceAnswer<Answer>, Failure | IdempotencyRefused> =>
  async (ctx, { key, query }) => {
    if (key === undefined) return map(asFirst<Answer>)(await handler(ctx, query, undefined));
    const fingerprint = fingerprintOf(spec.operation, spec.asked(query));
    const markPlace = await spec.markPlace?.(ctx, query);
    const claim = await deps.keys.claim(ctx.tenantId, { key, fingerprint, markPlace });
    if (claim.kind !== 'claimed') return answerTo(claim, spec);
    const { lease, mark, isTakeover, maybeSent } = claim;
    const keep = (answer: Answer): Promise<boolean> =>
      deps.keys.finish(lease, spec.codec.encode(answer), spec.mayComeAgain?.(answer));
    const { mayHaveWritten } = spec;
    const keyed = { mark, isTakeover, maybeSent, sending: () => deps.keys.sending(lease) };
    const told = (failure: Failure): Failure =>
      isTakeover ? (spec.inDoubt?.(failure, query, keyed) ?? failure) : failure;
    const work = async () => mapLeft(told)(await handler(ctx, query, keyed));
    return map(asFirst<Answer>)(await underLease(deps, { mayHaveWritten, keep, ctx }, lease, work));
  };

const asFirst = <Answer>(answer: Answer): OnceAnswer<Answer> => ({ answer, replayed: false });

const answerTo = <Answer>(
  claim: Exclude<KeyClaim, { readonly kind: 'claimed' }>,
  { codec, operation }: Pick<OnceSpec<never, Answer, never>, 'codec' | 'operation'>,
): Either<IdempotencyRefused, OnceAnswer<Answer>> => {
  switch (claim.kind) {
    case 'mismatch':
      return left({ kind: 'idempotency-mismatch' });
    case 'running':
      return left({ kind: 'idempotency-in-progress', retryAfterMs: claim.retryAfterMs });
    case 'finished': {
      const answer = codec.decode(claim.answer);
      if (isLeft(answer)) throw new Error(`the stored answer of ${operation} cannot be read`);
      return right({ answer: answer.right, replayed: true });
    }
  }
};

type Ending<Answer, Failure> = Pick<OnceSpec<never, Answer, Failure>, 'mayHaveWritten'> & {
  readonly keep: (answer: Answer) => Promise<boolean>;
  /** The tenant and caller of the write, for `onNotKept`. */
  readonly ctx: TenantContext;
};

const underLease = async <Answer, Failure>(
  deps: OnceOnlyDeps,
  { mayHaveWritten, keep, ctx }: Ending<Answer, Failure>,
  lease: KeyLease,
  work: () => AsyncResult<Failure, Answer>,
): AsyncResult<Failure, Answer> => {
  const { keys } = deps;
  const tell = async (step: () => Promise<unknown>): Promise<void> => {
    try {
      await atMostTwice(step);
    } catch (error) {
      deps.onNotKept(error, ctx);
    }
  };
  try {
    const result = await renewing(deps, () => keys.renew(lease), work);
    // The result is valid whether or not it could be stored, and even if the lease was lost meanwhile.
    if (!isLeft(result)) await tell(() => keep(result.right));
    else if (mayHaveWritten(result.left)) await tell(() => keys.leaveInDoubt(lease));
    else await tell(() => keys.release(lease));
    return result;
  } catch (error) {
    // The exception may have come after the provider had answered, for instance from the audit trail.
    await tell(() => keys.leaveInDoubt(lease));
    throw error;
  }
};

/**
 * One retry, for a connection that was cut: otherwise repeats would be refused until the lease expires. Each of these
 * steps is idempotent.
 */
const atMostTwice = async (step: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await step();
  } catch {
    return step();
  }
};
