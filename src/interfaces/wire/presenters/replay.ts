import * as t from 'io-ts';
import { keptFlags } from '../../../domain/webhook/delivery/delivery-reader.ts';
import { replayStates, type Replay, type ReplayFilter } from '../../../domain/webhook/delivery/replay.ts';
import { component, described } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import {
  integerAnswer,
  textOrNull,
  timeAnswer,
  timeAnswerOrNull,
  timeOrNull,
  timeText,
  uuidAnswer,
} from './times-and-money.ts';

const filterAnswer = answerObject(
  {},
  {
    delivery_id: described('This delivery alone.', uuidAnswer),
    webhook_id: described('Only of this webhook.', uuidAnswer),
    source: described('Only of this sender.', t.string),
    state: described('Only in this state.', t.string),
    event_type: described('Only of this type.', t.string),
    external_id: described('Only with this id of the sender.', t.string),
    flags: described('Only with each of these flags.', t.readonlyArray(oneOf(keptFlags))),
    from: described('Only what came then or later.', timeAnswer),
    to: described('Only what came before.', timeAnswer),
  },
);

const fields = {
  id: described('Of the replay.', uuidAnswer),
  state: described('`done`: every one was sent or could not be.', oneOf(replayStates)),
  requested_by: described('The id of a service token or the `sub` of a JWT.', t.string),
  reason: described('As it was given; null: none was.', textOrNull),
  filter: described('What is sent again, all conditions together; empty: all that is kept.', filterAnswer),
  rate_per_second: described('Events in a second at most.', integerAnswer),
  total: described('Deliveries that were fixed at its start.', integerAnswer),
  done: described('Of them given to the bus.', integerAnswer),
  failed: described(
    'Of them not kept any more when their turn came, or such that no event could be made.',
    integerAnswer,
  ),
  created_at: described('When it was asked for.', timeAnswer),
  finished_at: described('When it was done or cancelled; null: it is running.', timeAnswerOrNull),
};

export const replayAnswer = component('WebhookReplay', answerObject(fields, {}));
export const replayedAnswer = component(
  'WebhookReplayed',
  answerObject({ ...fields, event_id: described('Id of the new event.', uuidAnswer) }, {}),
);
export const replayCountAnswer = component(
  'WebhookReplayCount',
  answerObject(
    {
      count: described('Deliveries that a replay would send.', integerAnswer),
      limit: described('Most deliveries of one replay.', integerAnswer),
    },
    {},
  ),
);

export const replayOf = (replay: Replay): t.TypeOf<typeof replayAnswer> => ({
  id: replay.id,
  state: replay.state,
  requested_by: replay.requestedBy,
  reason: replay.reason ?? null,
  filter: filterOf(replay.filter),
  rate_per_second: replay.ratePerSecond,
  total: replay.total,
  done: replay.done,
  failed: replay.failed,
  created_at: timeText(replay.createdAt),
  finished_at: timeOrNull(replay.finishedAt),
});

const filterOf = (filter: ReplayFilter): t.TypeOf<typeof filterAnswer> => ({
  ...(filter.deliveryId === undefined ? {} : { delivery_id: filter.deliveryId }),
  ...(filter.webhookId === undefined ? {} : { webhook_id: filter.webhookId }),
  ...(filter.source === undefined ? {} : { source: filter.source }),
  ...(filter.state === undefined ? {} : { state: filter.state }),
  ...(filter.eventType === undefined ? {} : { event_type: filter.eventType }),
  ...(filter.externalId === undefined ? {} : { external_id: filter.externalId }),
  ...(filter.flags === undefined ? {} : { flags: filter.flags }),
  ...(filter.from === undefined ? {} : { from: timeText(filter.from) }),
  ...(filter.to === undefined ? {} : { to: timeText(filter.to) }),
});
