import type { Boarding, ClusterFlights } from '../../src/application/provider-call/cluster-flights.ts';
import type { Timers } from '../../src/application/timers.ts';

type Waiting = (news: string | undefined) => void;
type Flight = {
  fence: number;
  /** Milliseconds on the clock shared by all; 0 when it has landed. */
  until: number;
  landedAt: number;
  waiting: Set<Waiting>;
};

/** Flights of replicas that live in one process. `kill` ends a replica as kill -9 would: its leases simply expire. */
export type MemoryFlights = {
  readonly join: () => ClusterFlights & { readonly kill: () => void };
};

type Time = { readonly now: () => number; readonly timers: Timers };
const realTime: Time = {
  now: () => performance.now(),
  timers: {
    set: (callback, ms) => setTimeout(callback, ms).unref(),
    clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
  },
};

/** The reference definition of what the Redis adapter does with scripts and messages. */
export const memoryFlights = (leaseMs: number, { now, timers }: Time = realTime): MemoryFlights => {
  const flights = new Map<string, Flight>();

  const flightAt = (key: string): Flight => {
    const known = flights.get(key);
    if (known !== undefined) return known;
    const made = { fence: 0, until: 0, landedAt: Number.NEGATIVE_INFINITY, waiting: new Set<Waiting>() };
    flights.set(key, made);
    return made;
  };

  const following = (flight: Flight, signal: AbortSignal | undefined): Boarding => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const end: Waiting = (news) => {
      timers.clear(timer);
      flight.waiting.delete(end);
      resolve(news);
    };
    const timer = timers.set(() => end(undefined), Math.ceil(flight.until - now()) + 1);
    signal?.addEventListener('abort', () => end(undefined), { once: true });
    flight.waiting.add(end);
    return { kind: 'follower', news: promise };
  };

  const land = (flight: Flight, fence: number, isAnswer: boolean, news: string): void => {
    const isMine = flight.fence === fence;
    if (!isMine && !isAnswer) return;
    for (const tell of flight.waiting) tell(news);
    if (!isMine) return;
    flight.until = 0;
    if (isAnswer) flight.landedAt = now();
  };

  return {
    join: () => {
      let isDead = false;
      const leading = (flight: Flight, tookOver: boolean): Boarding => {
        const fence = (flight.fence += 1);
        flight.until = now() + leaseMs;
        const isFlying = (): boolean => !isDead && flight.fence === fence && flight.until > 0;
        const renewLater = (): void => void timers.set(renew, leaseMs / 3);
        const renew = (): void => {
          if (!isFlying()) return;
          flight.until = now() + leaseMs;
          renewLater();
        };
        renewLater();
        return {
          kind: 'leader',
          tookOver,
          land: (outcome, news) => land(flight, fence, outcome === 'answered', news),
        };
      };
      return {
        board: async (key, askedMsAgo, signal) => {
          const flight = flightAt(key);
          if (flight.until > now()) return following(flight, signal);
          if (flight.landedAt >= now() - askedMsAgo) return { kind: 'landed' };
          return leading(flight, flight.until > 0);
        },
        kill: () => {
          isDead = true;
        },
      };
    },
  };
};
