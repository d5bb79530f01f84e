import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

type BrokerState = Pick<RabbitmqConnection, 'isUp' | 'isBlocked' | 'withoutChannel' | 'inTrouble'>;

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

const problemOf = ({ isUp, isBlocked, withoutChannel, inTrouble }: BrokerState): string | undefined => {
  if (!isUp) return 'not connected, events wait in the outbox, the log says why';
  if (isBlocked) return 'the broker takes no messages for now, events wait in the outbox';
  const refused = withoutChannel.filter((name) => inTrouble.includes(name));
  // On a slow way that takes its time, and there is nothing yet that the log could tell.
  const opening = withoutChannel.filter((name) => !inTrouble.includes(name));
  const problems = [
    refused.length > 0 && `no channel for ${refused.join(' and ')}, the log says why`,
    opening.length > 0 && `a channel is being opened for ${opening.join(' and ')}`,
  ];
  return problems.filter((problem) => problem !== false).join('; ') || undefined;
};
