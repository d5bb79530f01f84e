import type { CloudEvent } from '../../application/event-bus.ts';

const texts = new WeakMap<CloudEvent, string>();

/** The event in `text`, which is sent on as it stands: senders of webhooks put numbers into it that no double holds. */
export const eventOfText = (event: CloudEvent, text: string): CloudEvent => {
  texts.set(event, text);
  return event;
};

/** As it goes out on the bus. */
export const eventText = (event: CloudEvent): string => texts.get(event) ?? JSON.stringify(event);
