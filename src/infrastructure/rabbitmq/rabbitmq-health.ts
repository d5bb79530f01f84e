import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

/** Never `down`: while the broker is away events wait in the outbox, and callers are answered as ever. */
export const rabbitmqHealth =
  (connection: Pick<RabbitmqConnection, 'isUp' | 'isBlocked'>): DependencyCheck =>
  async () => {
    const problem = !connection.isUp
      ? 'not connected, events wait in the outbox'
      : connection.isBlocked
        ? 'the broker takes no messages for now, events wait in the outbox'
        : undefined;
    const found = { name: 'rabbitmq', required: false };
    return problem === undefined
      ? { ...found, status: 'ok' }
      : { ...found, status: 'degraded', detail: problem };
  };
