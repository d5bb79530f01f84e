import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

type BrokerState = Pick<RabbitmqConnection, 'isUp' | 'isBlocked' | 'withoutChannel'>;

/** Never `down`: while the broker is away events wait in the outbox, and callers are answered as ever. */
export const rabbitmqHealth =
  (connection: BrokerState): DependencyCheck =>
  async () => {
    const problem = problemOf(connection);
    const found = { name: 'rabbitmq', required: false };
    return problem === undefined
      ? { ...found, status: 'ok' }
      : { ...found, status: 'degraded', detail: problem };
  };

const problemOf = ({ isUp, isBlocked, withoutChannel }: BrokerState): string | undefined => {
  if (!isUp) return 'not connected, events wait in the outbox, the log says why';
  if (isBlocked) return 'the broker takes no messages for now, events wait in the outbox';
  return withoutChannel.length === 0
    ? undefined
    : `no channel for ${withoutChannel.join(' and ')}, the log says why`;
};
