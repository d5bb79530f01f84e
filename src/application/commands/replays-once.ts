import * as t from 'io-ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import type { Json, JsonObject } from '../../domain/shared/json.ts';
import { replayStates, type Replay } from '../../domain/webhook/replay.ts';
import type { NotFound } from '../not-found.ts';
import type { OnceSpec } from '../once-only.ts';
import type {
  ReplayDelivery,
  ReplayDeliveryFailure,
  ReplayedDelivery,
  StartReplay,
  StartReplayFailure,
} from './replay-deliveries.ts';

const keptReplay = t.intersection([
  t.type({
    id: t.string,
    requestedBy: t.string,
    filter: t.UnknownRecord,
    state: t.union([t.literal(replayStates[0]), t.literal(replayStates[1]), t.literal(replayStates[2])]),
    total: t.number,
    done: t.number,
    failed: t.number,
    ratePerSecond: t.number,
    createdAt: t.number,
  }),
  t.partial({ reason: t.string, finishedAt: t.number }),
]);
const keptDelivery = t.type({ replay: keptReplay, eventId: t.string });

/** JSON has no undefined. */
const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

const replayFrom = (kept: t.TypeOf<typeof keptReplay>): Replay => ({
  ...(kept as Omit<Replay, 'reason' | 'finishedAt'>),
  reason: kept.reason,
  finishedAt: kept.finishedAt,
});

const decoded = <A, B>(
  kept: t.Type<A, unknown>,
  stored: unknown,
  from: (read: A) => B,
): Either<unknown, B> => {
  const read = kept.decode(stored);
  return isLeft(read) ? left(read.left) : right(from(read.right));
};

/** Every failure of these is found before anything is written. */
const mayHaveWritten = (): boolean => false;

export const replayDeliveryOnce: OnceSpec<ReplayDelivery, ReplayedDelivery, ReplayDeliveryFailure> = {
  operation: 'webhook_replay_delivery',
  asked: ({ id, reason }) => ({ id, reason: reason ?? null }),
  codec: {
    encode: asJson,
    decode: (stored) =>
      decoded(keptDelivery, stored, ({ replay, eventId }) => ({ replay: replayFrom(replay), eventId })),
  },
  mayHaveWritten,
};

export const startReplayOnce: OnceSpec<StartReplay, Replay, StartReplayFailure> = {
  operation: 'webhook_replay',
  asked: ({ filter, ratePerSecond, reason }): Json => ({
    filter: asJson(filter),
    ratePerSecond,
    reason: reason ?? null,
  }),
  codec: { encode: asJson, decode: (stored) => decoded(keptReplay, stored, replayFrom) },
  mayHaveWritten,
};

/** Stopping twice does no harm: a takeover does it again. */
export const cancelReplayOnce: OnceSpec<{ readonly id: string }, Replay, NotFound> = {
  operation: 'webhook_cancel_replay',
  asked: ({ id }) => ({ id }),
  codec: { encode: asJson, decode: (stored) => decoded(keptReplay, stored, replayFrom) },
  mayHaveWritten,
};
