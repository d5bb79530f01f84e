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
    webhook_id: described('Only those of this webhook.', uuidAnswer),
    source: described('Only those of this sender.', t.string),
    state: described('Only those in this state.', t.string),
    event_type: described('Only those of this type.', t.string),
    external_id: described('Only those with this id assigned by the sender.', t.string),
    flags: described('Only those with all of these flags.', t.readonlyArray(oneOf(keptFlags))),
    from: described('Only deliveries received at this time or later.', timeAnswer),
    to: described('Only deliveries received before this time.', timeAnswer),
  },
);

const fields = {
  id: described('Id of the replay.', uuidAnswer),
  state: described('`done`: every delivery was published or could not be.', oneOf(replayStates)),
  requested_by: described('The id of a service token or the `sub` of a JWT.', t.string),
  reason: described('The reason that was given; null: none.', textOrNull),
  filter: described(
    'Which deliveries are published again: those that meet all conditions; empty: all that are kept.',
    filterAnswer,
  ),
  rate_per_second: described('Maximum number of events per second.', integerAnswer),
  total: described('Number of deliveries, determined when the replay started.', integerAnswer),
  done: described('Deliveries that were passed on to the bus.', integerAnswer),
  failed: described(
    'Deliveries that were no longer kept when their turn came, or from which no event could be built.',
    integerAnswer,
  ),
  created_at: described('When it was requested.', timeAnswer),
  finished_at: described('When it was done or cancelled; null while it is running.', timeAnswerOrNull),
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
      count: described('Deliveries that a replay would publish.', integerAnswer),
      limit: described('Maximum number of deliveries in one replay.', integerAnswer),
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
