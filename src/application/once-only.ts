import { fingerprintOf, type IdempotencyKey } from '../domain/idempotency/idempotency-key.ts';
import type { IdempotencyKeys, KeyClaim, KeyLease } from '../domain/idempotency/idempotency-keys.ts';
import { isLeft, left, map, mapLeft, right, type AsyncResult, type Either } from '../domain/shared/fp.ts';
import type { Json } from '../domain/shared/json.ts';
import type { TenantContext } from '../domain/shared/tenant-context.ts';
import type { Handler } from './handler.ts';
import { renewing, type RenewingDeps } from './renewing.ts';

/** What a handler is told of the key it runs under. */
export type KeyedWrite = {
  /**
   * By which a repeat is recognised where the write is done: it goes into the spreadsheet with the rows, and makes the
   * id of a replay. The same for every try of the key.
   */
  readonly mark: number;
  /**
   * Who held the key before may have done it: the handler finds out, or answers that it is not known.
   * Never does it blindly.
   */
  readonly isTakeover: boolean;
  /** Who held the key before had called `sending`. */
  readonly maybeSent: boolean;
  /**
   * To be called just before rows are sent that carry no mark, so that a takeover knows of it. False: the key has been
   * taken over by now, and nothing may be sent.
   */
  readonly sending: () => Promise<boolean>;
};

/** A command that is told of its key; undefined when its caller gave none. */
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

/** An answer as it is kept, and back: what comes from the store is foreign data. */
export type AnswerCodec<Answer> = {
  readonly encode: (answer: Answer) => Json;
  readonly decode: (kept: unknown) => Either<unknown, Answer>;
};

/** All that differs between commands that are done once. */
export type OnceSpec<Query, Answer, Failure> = {
  /** Part of the fingerprint, so that a key of one command is no key of another. */
  readonly operation: string;
  /** What the write depends on, and nothing else: two requests of one key must be equal in it. */
  readonly asked: (query: Query) => Json;
  readonly codec: AnswerCodec<Answer>;
  /** Where the mark goes to with the rows, or most probably does; undefined: nowhere. */
  readonly markPlace?: (ctx: TenantContext, query: Query) => Promise<string | undefined>;
  /** A request that carries the mark was given up before the one that was answered, and may yet arrive. */
  readonly mayComeAgain?: (answer: Answer) => boolean;
  /** False for failures of which nothing can have been left behind. */
  readonly mayHaveWritten: (failure: Failure) => boolean;
  /**
   * What a takeover is told that failed by itself, while an earlier try may have written; left out: its own failure.
   */
  readonly inDoubt?: (failure: Failure, query: Query, keyed: Pick<KeyedWrite, 'maybeSent'>) => Failure;
};

export type OnceOnlyDeps = RenewingDeps & {
  readonly keys: IdempotencyKeys;
  /**
   * The write has its outcome, but that could not be stored with the key: once the lease is over, the next repeat takes
   * over.
   */
  readonly onNotKept: (error: unknown, ctx: TenantContext) => void;
};

/**
 * Does a command once for each key, by Stripe's rules: a repeat of what is done gets the stored answer, one of what
 * is under way is refused, and one with another body too. Successes are stored. A failure that wrote nothing forgets
 * the key, a refusal by the provider included: it is atomic, and the caller may mend it under the same key. A failure
 * that may have written leaves the key in doubt, and the next repeat finds out. Without a key it just runs. When the
 * store is away it rejects before the handler is asked.
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
  /** Whose write it is. */
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
    // The outcome is true whether it could be kept or not, and also when the lease was lost meanwhile.
    if (!isLeft(result)) await tell(() => keep(result.right));
    else if (mayHaveWritten(result.left)) await tell(() => keys.leaveInDoubt(lease));
    else await tell(() => keys.release(lease));
    return result;
  } catch (error) {
    // It may have been thrown after the provider had answered, by the trail for instance.
    await tell(() => keys.leaveInDoubt(lease));
    throw error;
  }
};

/**
 * Once more after a connection that was cut, or repeats would be refused until the lease is over. Each of these steps
 * done twice is the same as done once.
 */
const atMostTwice = async (step: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await step();
  } catch {
    return step();
  }
};
