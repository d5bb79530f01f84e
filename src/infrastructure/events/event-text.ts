import type { CloudEvent } from '../../application/event-bus.ts';

const texts = new WeakMap<CloudEvent, string>();

/**
 * Remembers the text of an event, which is published unchanged: senders of webhooks use numbers that no double can
 * represent.
 */
export const eventOfText = (event: CloudEvent, text: string): CloudEvent => {
  texts.set(event, text);
  return event;
};

/** The event as text, as it is published. */
export const eventText = (event: CloudEvent): string => texts.get(event) ?? JSON.stringify(event);
