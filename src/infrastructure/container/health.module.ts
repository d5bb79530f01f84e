import { ContainerModule } from 'inversify';
import { systemHealth } from '../../application/queries/system-health.ts';
import { postgresHealth } from '../postgres/postgres-health.ts';
import { rabbitmqHealth } from '../rabbitmq/rabbitmq-health.ts';
import { redisHealth } from '../redis/connection/redis-health.ts';
import { identityProviderHealth } from '../security/identity-provider-health.ts';
import { ids } from './identifiers.ts';

/** The health of everything that this service depends on. */
export const healthModule = new ContainerModule(({ bind }) => {
  bind(ids.health)
    .toResolvedValue(
      ({ database, sleep }, redis, broker, spoolHealth, { remoteKeys }) =>
        systemHealth([
          postgresHealth({ database, sleep }),
          spoolHealth,
          ...(redis === undefined ? [] : [redisHealth(redis)]),
          ...(broker === undefined ? [] : [rabbitmqHealth(broker)]),
          ...(remoteKeys === undefined ? [] : [identityProviderHealth(remoteKeys)]),
        ]),
      [ids.platform, ids.redis, ids.broker, ids.spoolHealth, ids.administrators],
    )
    .inSingletonScope();
});
