import {
  joseAdministratorVerifier,
  type JoseAdministratorVerifier,
} from '../security/jose-administrator-verifier.ts';
import { identityProviderMetrics } from '../telemetry/identity-provider-metrics.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, type Binding, type Platform } from './identifiers.ts';

const administratorsOf = (
  { jwt, clock, logger }: Platform,
  { registry }: PrometheusTelemetry,
): JoseAdministratorVerifier => {
  const { keys } = jwt;
  if ('secret' in keys) return joseAdministratorVerifier(jwt, clock);
  const { host } = new URL(keys.jwksUrl);
  const state = stateChanges(clock.monotonic, {
    broken: (error) =>
      logger.error('keys of JWT_JWKS_URL cannot be fetched, administrators whose key is not cached get 503', {
        host,
        ...errorFields(error),
      }),
    recovered: (failures) => logger.info('keys of JWT_JWKS_URL are fetched again', { host, failures }),
  });
  const verifier = joseAdministratorVerifier(jwt, clock, {
    unavailable: state.broken,
    available: state.works,
  });
  if (verifier.remoteKeys !== undefined) identityProviderMetrics(registry, verifier.remoteKeys.areLost);
  return verifier;
};

export const bindAdministrators = ({ bind }: Binding): void => {
  bind(ids.administrators)
    .toResolvedValue(administratorsOf, [ids.platform, ids.telemetry])
    .inSingletonScope();
};
