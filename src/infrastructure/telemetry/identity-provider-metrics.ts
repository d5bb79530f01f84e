import { Gauge, type Registry } from 'prom-client';

/** Only with a JWKS URL, since nothing else can be away. */
export const identityProviderMetrics = (registry: Registry, areLost: () => boolean): void => {
  new Gauge({
    name: 'integration_identity_provider_up',
    help: '0 while the keys of JWT_JWKS_URL were last asked for in vain',
    registers: [registry],
    // Of several workers, the one that gets no keys counts.
    aggregator: 'min',
    collect() {
      this.set(areLost() ? 0 : 1);
    },
  });
};
