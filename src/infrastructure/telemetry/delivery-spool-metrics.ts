import { Gauge, type Registry } from 'prom-client';

/**
 * How long acknowledged deliveries have been waiting to be published. `ageSeconds` is undefined while it is unknown.
 */
export const registerDeliverySpoolMetrics = (
  registry: Registry,
  ageSeconds: () => Promise<number | undefined>,
): void => {
  new Gauge({
    name: 'integration_webhook_spool_age_seconds',
    help: 'Age of the oldest delivery that waits above the rate of its tenant',
    registers: [registry],
    // All workers see the same spool.
    aggregator: 'max',
    async collect() {
      const age = await ageSeconds();
      // No value is better than an outdated one.
      if (age === undefined) this.remove();
      else this.set(age);
    },
  });
};
