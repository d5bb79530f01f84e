import type { IntegrationEventType } from '../domain/shared/integration-event.ts';
import type { JsonObject } from '../domain/shared/json.ts';

/** A message on the bus: a CloudEvent 1.0 in structured JSON. `id` stays the same on every redelivery. */
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

/** A message that this bus can never accept, and the reason, for instance that it is too large. */
export type Refusal = { readonly id: CloudEvent['id']; readonly reason: string };

/**
 * Publishes events, at least once. Resolves when the bus has confirmed all messages in the given order, except for the
 * refusals it returns. Rejects when it may not have; the caller then sends all of them again, and consumers deduplicate
 * by `id`.
 */
export type EventBus = {
  /** `givenUp` aborts the wait for confirms; whatever was not published by then will be sent again. */
  readonly publish: (messages: readonly CloudEvent[], givenUp?: AbortSignal) => Promise<readonly Refusal[]>;
  /**
   * False when nobody could receive a message, so that the outbox need not be read. Absent for a broker, which cannot
   * tell.
   */
  readonly hasListeners?: () => boolean;
  /** False while publishing would fail, because the bus is unreachable or blocks publishers (backpressure). */
  readonly isReady?: () => boolean;
  /** Resolves when `isReady` is true, or when `signal` aborts. */
  readonly whenReady?: (signal: AbortSignal) => Promise<void>;
  /** Resolves when the bus starts to block publishers, or when `signal` aborts. */
  readonly whenBlocked?: (signal: AbortSignal) => Promise<void>;
};
