import { ContainerModule } from 'inversify';
import { cancelReplay, replayDelivery, startReplay } from '../../application/commands/replay-deliveries.ts';
import {
  cancelReplayOnce,
  replayDeliveryOnce,
  startReplayOnce,
} from '../../application/commands/replays-once.ts';
import { onceOnly, type OnceOnlyDeps } from '../../application/once-only.ts';
import {
  getDelivery,
  getDeliveryBody,
  listDeliveries,
  listRejections,
} from '../../application/queries/read-deliveries.ts';
import { countReplayable, getReplay, listReplays } from '../../application/queries/read-replays.ts';
import { tryDelivery } from '../../application/queries/try-delivery.ts';
import { secretOpener } from '../../domain/webhook/opened-secrets.ts';
import type { OutboxRelay } from '../postgres/outbox/outbox-relay.ts';
import { postgresDeliveryReader } from '../postgres/webhooks/postgres-delivery-reader.ts';
import { postgresRejectionReader } from '../postgres/webhooks/postgres-rejection-reader.ts';
import { postgresReplayStore } from '../postgres/webhooks/postgres-replay-store.ts';
import type { PostgresWebhookConfigReader } from '../postgres/webhooks/postgres-webhook-config-reader.ts';
import { ReplayRunner } from '../postgres/webhooks/replay-runner.ts';
import { failureLines } from '../telemetry/failure-lines.ts';
import { replayMetrics } from '../telemetry/replay-metrics.ts';
import { addressVerdicts } from '../webhooks/addresses.ts';
import type { ManagedRanges } from '../webhooks/managed-ranges.ts';
import { ids, type Binding, type DeliveryHandlers, type Platform } from './identifiers.ts';
import { namedParts } from './named-parts.ts';

const bindRunner = ({ bind }: Binding): void => {
  bind(ids.replayRunner)
    .toResolvedValue(
      ({ database, databaseWatch, sleep, logger, clock }, { registry }, relay, { now }) => {
        const { replayed } = replayMetrics(registry);
        const lines = failureLines(logger, clock.monotonic, {
          broken: 'a replay cannot continue, trying again',
          further: 'a replay still cannot continue, for another reason',
          recovered: 'replays continue',
        });
        return new ReplayRunner({
          database,
          // All replicas that work on the same replay must go by the same clock.
          now,
          sleep,
          isAway: databaseWatch.isAway,
          onReplayed: (counts) => {
            replayed(counts);
            relay.wake();
          },
          onFailed: lines.broken,
          onWorked: lines.works,
        });
      },
      [ids.platform, ids.telemetry, ids.relay, ids.cacheClock],
    )
    .inSingletonScope();
};

type HandlerParts = {
  readonly platform: Platform;
  readonly webhooks: PostgresWebhookConfigReader;
  readonly ranges: ManagedRanges;
  readonly keyed: OnceOnlyDeps;
  readonly relay: OutboxRelay;
  readonly runner: ReplayRunner;
};

const handlerParts = namedParts<HandlerParts>({
  platform: ids.platform,
  webhooks: ids.webhooks,
  ranges: ids.managedRanges,
  keyed: ids.onceOnly,
  relay: ids.relay,
  runner: ids.replayRunner,
});

const handlersOf = ({ platform, webhooks, ranges, keyed, relay, runner }: HandlerParts): DeliveryHandlers => {
  const { database, clock, secretBox, ids: idSource } = platform;
  const once = onceOnly(keyed);
  const deliveries = postgresDeliveryReader(database);
  const replays = postgresReplayStore(database);
  const onPlanned = (): void => {
    relay.wake();
    runner.wake();
  };
  const replaying = { replays, clock, ids: idSource, onPlanned };
  const trying = { openSecrets: secretOpener(secretBox), judgeAddress: addressVerdicts(ranges) };
  return {
    queries: {
      listDeliveries: listDeliveries({ webhooks, deliveries }),
      listRejections: listRejections({ webhooks, rejections: postgresRejectionReader(database) }),
      getDelivery: getDelivery({ deliveries }),
      getDeliveryBody: getDeliveryBody({ deliveries }),
      tryDelivery: tryDelivery({ webhooks, deliveries, clock, ...trying }),
      countReplayable: countReplayable({ replays, clock }),
      listReplays: listReplays({ replays }),
      getReplay: getReplay({ replays }),
    },
    commands: {
      replayDelivery: once(replayDeliveryOnce, replayDelivery(replaying)),
      startReplay: once(startReplayOnce, startReplay(replaying)),
      cancelReplay: once(cancelReplayOnce, cancelReplay(replaying)),
    },
  };
};

const bindHandlers = ({ bind }: Binding): void => {
  bind(ids.deliveryHandlers)
    .toResolvedValue((...values: unknown[]) => handlersOf(handlerParts.from(values)), handlerParts.ids)
    .inSingletonScope();
};

/** Reading, trying and replaying deliveries. */
export const deliveriesModule = new ContainerModule((options) => {
  bindRunner(options);
  bindHandlers(options);
});
