import type { CloudEvent, EventBus } from '../../application/event-bus.ts';

export type EventHandler = (event: CloudEvent) => void | Promise<void>;

export type MemoryEventBus = EventBus & {
  /** Calls the handler with every later event of one type, or of all with `*`. The returned function unsubscribes. */
  readonly subscribe: (type: CloudEvent['type'] | '*', handler: EventHandler) => () => void;
};

type Deps = {
  /** A handler threw or rejected. The event counts as delivered, since it cannot be sent to the others again. */
  readonly onFailedHandler: (event: CloudEvent, error: unknown) => void;
};

type Subscription = { readonly type: CloudEvent['type'] | '*'; readonly handler: EventHandler };

/**
 * The event bus inside this process, for a service without a broker. Events and handlers are called one after the
 * other: the order of a subject is kept, and a slow handler slows down the outbox relay, not the callers.
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
