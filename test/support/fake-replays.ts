import type { Application } from '../../src/application/application.ts';
import {
  cancelReplay,
  replayDelivery,
  startReplay,
} from '../../src/application/commands/replay-deliveries.ts';
import {
  cancelReplayOnce,
  replayDeliveryOnce,
  startReplayOnce,
} from '../../src/application/commands/replays-once.ts';
import { countReplayable, getReplay, listReplays } from '../../src/application/queries/read-replays.ts';
import type { Clock, IdSource } from '../../src/domain/shared/clock.ts';
import type { ReplayStore } from '../../src/domain/webhook/delivery/replay-store.ts';
import { replayEventId, type Replay } from '../../src/domain/webhook/delivery/replay.ts';
import { anId, TENANT } from './an-external-service.ts';
import { memoryOnce } from './memory-once.ts';
import { pageOfNewest } from './page-of-newest.ts';

/**
 * Delivery 1 can be replayed, delivery 3 still has to be sent. A filter for Stripe matches too many deliveries, any
 * other filter two.
 */
const memoryReplays = (): ReplayStore => {
  const replays = new Map<string, Replay>();
  const put = (replay: Replay): Replay => {
    replays.set(replay.id, replay);
    return replay;
  };
  return {
    count: async (_tenant, { source }) => (source === 'stripe' ? 10_001 : 2),
    plan: async (_tenant, filter, ratePerSecond, { at, ...plan }) =>
      filter.source === 'stripe'
        ? { kind: 'too-many' }
        : {
            kind: 'planned',
            replay: put({
              ...plan,
              filter,
              ratePerSecond,
              state: 'running',
              total: 2,
              done: 0,
              failed: 0,
              createdAt: at,
              finishedAt: undefined,
            }),
          },
    one: async (tenant, deliveryId, { at, ...plan }) => {
      if (tenant !== TENANT || ![anId(1), anId(3)].includes(deliveryId)) return { kind: 'unknown' };
      if (deliveryId === anId(3)) return { kind: 'not-replayable', state: 'spooled' };
      const counts = { total: 1, done: 1, failed: 0, ratePerSecond: 1 };
      const times = { createdAt: at, finishedAt: at };
      const replay = put({ ...plan, ...counts, ...times, filter: { deliveryId }, state: 'done' });
      return { kind: 'replayed', replay, eventId: replayEventId(plan.id, deliveryId) };
    },
    list: async (tenant, page) =>
      pageOfNewest(tenant === TENANT ? [...replays.values()].toReversed() : [], page),
    byId: async (tenant, id) => (tenant === TENANT ? replays.get(id) : undefined),
    cancel: async (tenant, id, at) => {
      const replay = tenant === TENANT ? replays.get(id) : undefined;
      if (replay?.state !== 'running') return replay;
      return put({ ...replay, state: 'cancelled', finishedAt: at });
    },
  };
};

export type FakeReplays = {
  readonly queries: Pick<Application['queries'], 'countReplayable' | 'listReplays' | 'getReplay'>;
  readonly commands: Pick<Application['commands'], 'replayDelivery' | 'startReplay' | 'cancelReplay'>;
};

/** The real use cases over memory adapters. */
export const fakeReplays = (clock: Clock, ids: IdSource): FakeReplays => {
  const deps = { replays: memoryReplays(), clock, ids, onPlanned: () => undefined };
  const once = memoryOnce(clock);
  return {
    queries: {
      countReplayable: countReplayable(deps),
      listReplays: listReplays(deps),
      getReplay: getReplay(deps),
    },
    commands: {
      replayDelivery: once(replayDeliveryOnce, replayDelivery(deps)),
      startReplay: once(startReplayOnce, startReplay(deps)),
      cancelReplay: once(cancelReplayOnce, cancelReplay(deps)),
    },
  };
};
