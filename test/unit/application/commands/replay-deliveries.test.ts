import { expect } from 'chai';
import { replayDelivery, startReplay } from '../../../../src/application/commands/replay-deliveries.ts';
import { replayDeliveryOnce, startReplayOnce } from '../../../../src/application/commands/replays-once.ts';
import { onceOnly } from '../../../../src/application/once-only.ts';
import type { IdempotencyKey } from '../../../../src/domain/idempotency/idempotency-key.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import type { ReplayPlan, ReplayStore } from '../../../../src/domain/webhook/delivery/replay-store.ts';
import {
  replayEventId,
  type Replay,
  type ReplayFilter,
} from '../../../../src/domain/webhook/delivery/replay.ts';
import { aContext, anId } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { KEY_LEASE_MS, memoryIdempotencyKeys } from '../../../support/memory-idempotency-keys.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';

const KEY = 'again-7' as IdempotencyKey;
const OTHER = 'again-8' as IdempotencyKey;

describe('a replay under a key', () => {
  /** The process dies after the commit of each of the first `deaths` replays. */
  const rig = (deaths: number) => {
    const clock = fixedClock();
    const replays = new Map<string, Replay>();
    const begin = ({ at, ...plan }: ReplayPlan, filter: ReplayFilter, state: Replay['state']): Replay => {
      const times = { createdAt: at, finishedAt: state === 'done' ? at : undefined };
      const replay: Replay = {
        ...plan,
        ...times,
        filter,
        state,
        total: 1,
        done: 0,
        failed: 0,
        ratePerSecond: 10,
      };
      replays.set(plan.id, replay);
      if (replays.size <= deaths) throw new Error('killed');
      return replay;
    };
    const store: Pick<ReplayStore, 'plan' | 'one' | 'byId'> = {
      plan: async (_tenant, filter, _rate, plan) => ({
        kind: 'planned',
        replay: begin(plan, filter, 'running'),
      }),
      one: async (_tenant, deliveryId, plan) => ({
        kind: 'replayed',
        replay: begin(plan, { deliveryId }, 'done'),
        eventId: replayEventId(plan.id, deliveryId),
      }),
      byId: async (_tenant, id) => replays.get(id),
    };
    const deps = {
      replays: store as ReplayStore,
      clock,
      ids: sequentialIds(),
      onPlanned: () => undefined,
    };
    const once = onceOnly({
      keys: memoryIdempotencyKeys(clock),
      sleep: clock.sleep,
      renewEveryMs: KEY_LEASE_MS,
      onNotKept: (error) => expect.fail(String(error)),
    });
    const start = once(startReplayOnce, startReplay(deps));
    const one = once(replayDeliveryOnce, replayDelivery(deps));
    return {
      clock,
      replays,
      start: async ({ key = KEY, isKeyed = true } = {}) => {
        const query = { filter: { state: 'held' }, ratePerSecond: 10, reason: undefined } as const;
        const outcome = await start(aContext(), { key: isKeyed ? key : undefined, query });
        return isLeft(outcome) ? expect.fail(outcome.left.kind) : outcome.right;
      },
      one: async ({ key = KEY } = {}) => {
        const outcome = await one(aContext(), { key, query: { id: anId(1), reason: 'lost' } });
        return isLeft(outcome) ? expect.fail(outcome.left.kind) : outcome.right;
      },
    };
  };
  const told = (work: Promise<unknown>) => work.then(() => 'told', String);

  it('is begun once, and its repeats get the answer of the first, to the last field', async () => {
    const { start, one, replays } = rig(0);
    const first = await start();
    expect(first).to.deep.include({ replayed: false });
    expect(await start()).to.deep.equal({ ...first, replayed: true });
    const sent = await one({ key: OTHER });
    expect(await one({ key: OTHER })).to.deep.equal({ ...sent, replayed: true });
    expect(replays.size).to.equal(2);
    await start({ isKeyed: false });
    await start({ isKeyed: false });
    expect(replays.size).to.equal(4);
  });

  for (const what of ['start', 'one'] as const)
    it(`is found by its next try when nobody knows whether it was begun (${what})`, async () => {
      const { replays, ...ways } = rig(1);
      expect(await told(ways[what]())).to.equal('Error: killed');
      const { answer, replayed } = await ways[what]();
      expect(replayed).to.equal(false);
      expect([...replays.keys()]).to.deep.equal(['id' in answer ? answer.id : answer.replay.id]);
      if ('eventId' in answer) expect(answer.eventId).to.equal(replayEventId(answer.replay.id, anId(1)));
      expect(await ways[what]()).to.deep.equal({ answer, replayed: true });
    });
});
