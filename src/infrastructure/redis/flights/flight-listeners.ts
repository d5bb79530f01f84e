type Told = { readonly fence: number; readonly news: string };

/** One caller in this process that waits to hear how a flight landed. */
export type FlightListener = {
  /**
   * Called with the fencing token of the flight to wait for; messages of this or a later flight count, also those that
   * have arrived already.
   */
  readonly hear: (fence: number) => void;
  readonly news: Promise<string | undefined>;
  /** Ends the wait, without news if none has arrived. */
  readonly stop: () => void;
};

export type FlightListeners = {
  /** To be opened before Redis is asked: a message may arrive before the answer that says to wait for it. */
  readonly open: (key: string) => FlightListener;
  /** Takes a message as it was published, and ignores what it cannot parse. */
  readonly tell: (text: string) => void;
  /** No messages can be expected for now: ends all waits. */
  readonly stopAll: () => void;
};

export const flightMessage = (key: string, news: string): string => `${key} ${news}`;

/** The fencing token (put in front by the script that publishes), the key and the news. */
const MESSAGE = /^(\d{1,15}) (\S+) (.*)$/s;

const messageFrom = (text: string): (Told & { readonly key: string }) | undefined => {
  const [, fence, key, news] = MESSAGE.exec(text) ?? [];
  return key === undefined || news === undefined ? undefined : { key, fence: Number(fence), news };
};

type Waiting = { readonly tell: (told: Told) => void; readonly stop: () => void };

/** All callers in this process that wait for flights, by key. */
export const flightListeners = (): FlightListeners => {
  const byKey = new Map<string, Set<Waiting>>();

  const forget = (key: string, waiting: Waiting): void => {
    const all = byKey.get(key);
    all?.delete(waiting);
    if (all?.size === 0) byKey.delete(key);
  };

  return {
    open: (key) => {
      const landed = Promise.withResolvers<string | undefined>();
      const early: Told[] = [];
      let least: number | undefined;
      const end = (news: string | undefined): void => {
        forget(key, waiting);
        landed.resolve(news);
      };
      const waiting: Waiting = {
        tell: (told) => {
          if (least === undefined) early.push(told);
          else if (told.fence >= least) end(told.news);
        },
        stop: () => end(undefined),
      };
      const all = byKey.get(key) ?? new Set();
      byKey.set(key, all.add(waiting));
      return {
        hear: (fence) => {
          least = fence;
          for (const told of early) waiting.tell(told);
        },
        news: landed.promise,
        stop: waiting.stop,
      };
    },
    tell: (text) => {
      const message = messageFrom(text);
      if (message !== undefined) for (const waiting of byKey.get(message.key) ?? []) waiting.tell(message);
    },
    stopAll: () => {
      for (const waiting of [...byKey.values()].flatMap((all) => [...all])) waiting.stop();
    },
  };
};
