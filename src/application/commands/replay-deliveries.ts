import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { DeliveryFilter } from '../../domain/webhook/delivery/delivery-reader.ts';
import type { KeptState } from '../../domain/webhook/delivery/received-delivery.ts';
import type { ReplayPlan, ReplayStore } from '../../domain/webhook/delivery/replay-store.ts';
import {
  keyedReplayId,
  MOST_REPLAYED,
  MOST_RUNNING_REPLAYS,
  replayEventId,
  type Replay,
} from '../../domain/webhook/delivery/replay.ts';
import type { Handler } from '../handler.ts';
import { invalidInput, type InvalidInput } from '../input-problem.ts';
import { notFound, type NotFound } from '../not-found.ts';
import type { KeyedHandler, KeyedWrite } from '../once-only.ts';

/** The delivery cannot be replayed, because it will still be published anyway or is a handshake. */
export type NotReplayable = { readonly kind: 'not-replayable'; readonly state: KeptState };

export type ReplayDelivery = { readonly id: string; readonly reason: string | undefined };
export type ReplayedDelivery = { readonly replay: Replay; readonly eventId: string };
export type ReplayDeliveryFailure = NotFound | NotReplayable;

export type StartReplay = {
  readonly filter: DeliveryFilter;
  readonly ratePerSecond: number;
  readonly reason: string | undefined;
};

/** The tenant has this many replays running already. */
export type TooManyReplays = { readonly kind: 'too-many-replays'; readonly most: number };
export type StartReplayFailure = InvalidInput | TooManyReplays;

type Deps = {
  readonly replays: ReplayStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Called when there is a replay to run or an event to publish. */
  readonly onPlanned: () => void;
};

/** Publishes one delivery again. The tenant asked for exactly this one, so no rate limit applies. */
export const replayDelivery =
  (deps: Deps): KeyedHandler<ReplayDelivery, ReplayedDelivery, ReplayDeliveryFailure> =>
  async (ctx, { id, reason }, keyed) => {
    const plan = planOf(deps, ctx, reason, keyed);
    const before = await begunBefore(deps, ctx, plan, keyed);
    if (before !== undefined) return right({ replay: before, eventId: replayEventId(before.id, id) });
    const outcome = await deps.replays.one(ctx.tenantId, id, plan);
    if (outcome.kind === 'unknown') return left(notFound('delivery'));
    if (outcome.kind === 'not-replayable') return left(outcome);
    deps.onPlanned();
    return right({ replay: outcome.replay, eventId: outcome.eventId });
  };

/**
 * Publishes all deliveries that match a filter now, at a rate of its own. They are neither verified nor deduplicated
 * again.
 */
export const startReplay =
  (deps: Deps): KeyedHandler<StartReplay, Replay, StartReplayFailure> =>
  async (ctx, { filter, ratePerSecond, reason }, keyed) => {
    const plan = planOf(deps, ctx, reason, keyed);
    const before = await begunBefore(deps, ctx, plan, keyed);
    if (before !== undefined) return right(before);
    const outcome = await deps.replays.plan(ctx.tenantId, filter, ratePerSecond, plan);
    if (outcome.kind === 'too-many') return left(tooMany);
    if (outcome.kind === 'too-many-running')
      return left({ kind: 'too-many-replays', most: MOST_RUNNING_REPLAYS });
    deps.onPlanned();
    return right(outcome.replay);
  };

/** Stops a replay. Deliveries already sent stay sent, and a finished replay is left unchanged. */
export const cancelReplay =
  ({ replays, clock }: Pick<Deps, 'replays' | 'clock'>): Handler<{ readonly id: string }, Replay, NotFound> =>
  async ({ tenantId }, { id }) => {
    const replay = await replays.cancel(tenantId, id, clock.now());
    return replay === undefined ? left(notFound('replay')) : right(replay);
  };

const planOf = (
  { clock, ids }: Deps,
  ctx: TenantContext,
  reason: string | undefined,
  keyed: KeyedWrite | undefined,
): ReplayPlan => ({
  id: keyed === undefined ? ids.uuid() : keyedReplayId(ctx.tenantId, keyed.mark),
  requestedBy: ctx.actor.id,
  reason,
  at: clock.now(),
});

/** The replay that an earlier try under the same idempotency key has started without being able to answer. */
const begunBefore = async (
  { replays }: Deps,
  { tenantId }: TenantContext,
  { id }: ReplayPlan,
  keyed: KeyedWrite | undefined,
): Promise<Replay | undefined> => (keyed?.isTakeover === true ? replays.byId(tenantId, id) : undefined);

const tooMany = invalidInput({
  pointer: '/filter',
  detail: `matches more than ${MOST_REPLAYED} deliveries: narrow it, by from and to for example`,
});
