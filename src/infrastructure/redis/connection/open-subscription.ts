import type { Clock, Random, Sleep } from '../../../domain/shared/clock.ts';
import { LossReason } from './loss-reason.ts';
import { reasonOf, RedisAway } from './redis-away.ts';
import { openSubscriber, revived } from './redis-clients.ts';
import { RedisSubscription, type SubscriptionListener } from './redis-subscription.ts';
import type { RedisTarget } from './redis-url.ts';

type Deps = {
  readonly target: RedisTarget;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly monotonic: Clock['monotonic'];
  /** When aborted, no further attempt to connect is made. */
  readonly stopped: AbortSignal;
  /**
   * Whether the connection for commands has found Redis away: it then reports why, and the subscription stays silent.
   */
  readonly isAway: () => boolean;
  /** Redis answers commands, but answered the subscription with this error. */
  readonly onFailed: (error: unknown) => void;
  /** The connection for commands is established; only the one for the subscription is refused. */
  readonly onNoPlace: (why: RedisAway) => void;
};

/** Subscribes to a channel over a connection of its own, whenever Redis is there. */
export const openSubscription = (
  deps: Deps,
  channel: string,
  listener: SubscriptionListener,
): RedisSubscription => {
  const { target, random, sleep, stopped, isAway } = deps;
  const client = revived(openSubscriber(target, random), sleep, stopped);
  const loss = new LossReason(deps);
  client.on('error', (error: unknown) => loss.met(error));
  client.on('ready', () => loss.forget());
  client.on('close', () => void (isAway() || loss.listenAtTheDoor()));
  return new RedisSubscription({
    ...listener,
    client,
    channel,
    sleep,
    isAway,
    onFailed: (error) => isAway() || deps.onFailed(error),
    onNoConnection: () => deps.onNoPlace(new RedisAway(reasonOf(loss.error))),
  });
};
