import * as t from 'io-ts';
import { map } from '../../domain/shared/fp.ts';
import { throughJson, type Json } from '../../domain/shared/json.ts';
import { replayStates, type Replay } from '../../domain/webhook/delivery/replay.ts';
import type { NotFound } from '../not-found.ts';
import type { AnswerCodec, OnceSpec } from '../once-only.ts';
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

const replayFrom = (kept: t.TypeOf<typeof keptReplay>): Replay => ({
  ...(kept as Omit<Replay, 'reason' | 'finishedAt'>),
  reason: kept.reason,
  finishedAt: kept.finishedAt,
});

const replayCodec: AnswerCodec<Replay> = {
  encode: throughJson,
  decode: (stored) => map(replayFrom)(keptReplay.decode(stored)),
};

const deliveryFrom = ({ replay, eventId }: t.TypeOf<typeof keptDelivery>): ReplayedDelivery => ({
  replay: replayFrom(replay),
  eventId,
});

/** All failures of these commands are detected before anything is written. */
const mayHaveWritten = (): boolean => false;

export const replayDeliveryOnce: OnceSpec<ReplayDelivery, ReplayedDelivery, ReplayDeliveryFailure> = {
  operation: 'webhook_replay_delivery',
  asked: ({ id, reason }) => ({ id, reason: reason ?? null }),
  codec: { encode: throughJson, decode: (stored) => map(deliveryFrom)(keptDelivery.decode(stored)) },
  mayHaveWritten,
};

export const startReplayOnce: OnceSpec<StartReplay, Replay, StartReplayFailure> = {
  operation: 'webhook_replay',
  asked: ({ filter, ratePerSecond, reason }): Json => ({
    filter: throughJson(filter),
    ratePerSecond,
    reason: reason ?? null,
  }),
  codec: replayCodec,
  mayHaveWritten,
};

/** Cancelling is idempotent, so a takeover simply repeats it. */
export const cancelReplayOnce: OnceSpec<{ readonly id: string }, Replay, NotFound> = {
  operation: 'webhook_cancel_replay',
  asked: ({ id }) => ({ id }),
  codec: replayCodec,
  mayHaveWritten,
};
