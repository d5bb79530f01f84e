import type { CloudEvent, EventBus } from '../../application/event-bus.ts';

export type EventHandler = (event: CloudEvent) => void | Promise<void>;

export type MemoryEventBus = EventBus & {
  /** Gives the handler every later event of one type, or of all with `*`. The answer ends the subscription. */
  readonly subscribe: (type: CloudEvent['type'] | '*', handler: EventHandler) => () => void;
};

type Deps = {
  /** A handler that threw or rejected. Its event counts as delivered: there is nobody to send it to again. */
  readonly onFailedHandler: (event: CloudEvent, error: unknown) => void;
};

type Subscription = { readonly type: CloudEvent['type'] | '*'; readonly handler: EventHandler };

/**
 * The bus inside this process, for a service that runs without a broker. One event after the other, to one
 * handler after the other: the order of a subject holds, and a slow handler slows the relay, not the callers.
 */
export const memoryEventBus = ({ onFailedHandler }: Deps): MemoryEventBus => {
  const subscriptions = new Set<Subscription>();

  const deliver = async (event: CloudEvent): Promise<void> => {
    for (const { type, handler } of subscriptions) {
      if (type !== '*' && type !== event.type) continue;
      try {
        await handler(event);
      } catch (error) {
        onFailedHandler(event, error);
      }
    }
  };

  return {
    publish: async (messages) => {
      for (const event of messages) await deliver(event);
      return [];
    },
    hasListeners: () => subscriptions.size > 0,
    subscribe: (type, handler) => {
      const subscription = { type, handler };
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
  };
};
