import type { IntegrationEventType } from '../domain/shared/integration-event.ts';
import type { JsonObject } from '../domain/shared/json.ts';

/** What goes out on the bus: a CloudEvent 1.0 in structured JSON. `id` is the same on every re-send. */
export type CloudEvent = {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: '/integration-service';
  readonly type: IntegrationEventType;
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly managementcompanyid: string;
  readonly correlationid: string;
  readonly schemaversion: string;
  readonly data: JsonObject;
};

/** A message that this bus will never take, and why: larger than it allows, for instance. */
export type Refusal = { readonly id: CloudEvent['id']; readonly reason: string };

/**
 * The way to the listeners. Resolves when the bus has taken every message over, in the order given, but for the
 * refusals it answers; rejects when it may not have, and the caller then sends all of them again: listeners know
 * repeats by `id`.
 */
export type EventBus = {
  /** `givenUp`: nobody waits any longer, and what has not left by then will be sent again. */
  readonly publish: (messages: readonly CloudEvent[], givenUp?: AbortSignal) => Promise<readonly Refusal[]>;
  /** False when a message would reach nobody at all: it need not be read first. A broker cannot know. */
  readonly hasListeners?: () => boolean;
  /** False while the bus is away or takes nothing: publishing would only fail. */
  readonly isReady?: () => boolean;
  /** Resolves when the bus is ready, or when `signal` aborts. */
  readonly whenReady?: (signal: AbortSignal) => Promise<void>;
  /** Resolves when the bus says that it takes nothing for now, or when `signal` aborts. */
  readonly whenBlocked?: (signal: AbortSignal) => Promise<void>;
};
