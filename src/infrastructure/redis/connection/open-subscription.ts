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
  /** No further attempt to connect is made then. */
  readonly stopped: AbortSignal;
  /** As the connection for commands has found: then it tells why, and nothing is said of this one. */
  readonly isAway: () => boolean;
  /** Redis answers commands, and has answered the subscription with this error. */
  readonly onFailed: (error: unknown) => void;
  /** There is a connection for commands: this one alone finds no place. */
  readonly onNoPlace: (why: RedisAway) => void;
};

/** A channel, heard over a connection of its own whenever Redis is there. */
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
    onFailed: (error) => isAway() || deps.onFailed(error),
    onNoConnection: () => isAway() || deps.onNoPlace(new RedisAway(reasonOf(loss.error))),
  });
};
