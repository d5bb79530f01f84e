import * as t from 'io-ts';
import { receivedFlags } from '../../../domain/webhook/received-delivery.ts';
import { replayStates, type Replay, type ReplayFilter } from '../../../domain/webhook/replay.ts';
import { component, noted } from '../codecs/codec.ts';
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
    delivery_id: uuidAnswer,
    webhook_id: uuidAnswer,
    source: t.string,
    state: t.string,
    event_type: t.string,
    external_id: t.string,
    flags: t.readonlyArray(oneOf(receivedFlags)),
    from: timeAnswer,
    to: timeAnswer,
  },
);

const fields = {
  id: uuidAnswer,
  state: oneOf(replayStates),
  requested_by: t.string,
  reason: textOrNull,
  filter: filterAnswer,
  rate_per_second: integerAnswer,
  total: integerAnswer,
  done: noted({ description: 'Given to the bus.' }, integerAnswer),
  failed: noted(
    { description: 'Not kept any more when their turn came, or no event could be made of them.' },
    integerAnswer,
  ),
  created_at: timeAnswer,
  finished_at: timeAnswerOrNull,
};

export const replayAnswer = component('WebhookReplay', answerObject(fields, {}));
export const replayedAnswer = component(
  'WebhookReplayed',
  answerObject({ ...fields, event_id: noted({ description: 'Id of the new event.' }, uuidAnswer) }, {}),
);
export const replayCountAnswer = component(
  'WebhookReplayCount',
  answerObject(
    {
      count: noted({ description: 'Deliveries that a replay would send.' }, integerAnswer),
      limit: noted({ description: 'Most deliveries of one replay.' }, integerAnswer),
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
