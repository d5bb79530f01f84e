import type { StartReplay } from '../../../application/commands/replay-deliveries.ts';
import { keptFlags } from '../../../domain/webhook/delivery/delivery-reader.ts';
import {
  HIGHEST_REPLAY_RATE,
  replayableStates,
  USUAL_REPLAY_RATE,
} from '../../../domain/webhook/delivery/replay.ts';
import { sourceServices } from '../../../domain/webhook/scheme/signature-scheme.ts';
import { component, described, listOf, mapped, noted, nullable, type Codec } from './codec.ts';
import { eventType, externalId } from './delivery-codecs.ts';
import { strictObject } from './object-codec.ts';
import { forward, periodOf } from './period-codecs.ts';
import { integer, momentOrDay, oneOf, plainText, trueOrFalse, uuid } from './values.ts';

const reason = described(
  'Reason, for those who look at it later; null: none given.',
  nullable(plainText({ min: 1, max: 500 })),
);

const filter = forward(
  strictObject(
    {},
    {
      webhook_id: described('Only those of this webhook.', uuid),
      source: described('Only those of this sender.', oneOf(sourceServices)),
      state: described(
        'Only those in this state; omitted: all that can be published again.',
        oneOf(replayableStates),
      ),
      event_type: described('Only those of this event type; one `*` stands for any text.', eventType),
      external_id: described('Only those with this id assigned by the sender.', externalId),
      flags: described(
        'Only those with all of these flags.',
        listOf(oneOf(keptFlags), { min: 1, max: keptFlags.length }),
      ),
      from: described(
        'Only deliveries received at this time or later; a date means 00:00 UTC of that day.',
        momentOrDay,
      ),
      to: described(
        'Only deliveries received before this time; a date means 00:00 UTC of that day.',
        momentOrDay,
      ),
    },
  ),
);

export type AskedReplay = StartReplay & { readonly isDryRun: boolean };

/** An empty filter selects everything that is kept. */
export const startReplayBody: Codec<AskedReplay> = component(
  'WebhookReplayCreate',
  mapped(
    strictObject(
      {
        filter: described(
          'Which deliveries to publish again: those that meet all conditions; empty: all that are kept.',
          filter,
        ),
      },
      {
        reason,
        rate_per_second: integer(1, HIGHEST_REPLAY_RATE, {
          default: USUAL_REPLAY_RATE,
          description: 'Maximum number of events per second.',
        }),
        dry_run: noted({ default: false, description: 'Only count what would be published.' }, trueOrFalse),
      },
    ),
    (body): AskedReplay => ({
      filter: {
        ...periodOf(body.filter),
        ...(body.filter.webhook_id === undefined ? {} : { webhookId: body.filter.webhook_id }),
        ...(body.filter.source === undefined ? {} : { source: body.filter.source }),
        ...(body.filter.state === undefined ? {} : { state: body.filter.state }),
        ...(body.filter.event_type === undefined ? {} : { eventType: body.filter.event_type }),
        ...(body.filter.external_id === undefined ? {} : { externalId: body.filter.external_id }),
        ...(body.filter.flags === undefined ? {} : { flags: body.filter.flags }),
      },
      ratePerSecond: body.rate_per_second ?? USUAL_REPLAY_RATE,
      reason: body.reason ?? undefined,
      isDryRun: body.dry_run ?? false,
    }),
  ),
);

export const replayDeliveryBody: Codec<{ readonly reason: string | undefined }> = component(
  'WebhookDeliveryReplay',
  mapped(strictObject({}, { reason }), (body) => ({ reason: body.reason ?? undefined })),
);
