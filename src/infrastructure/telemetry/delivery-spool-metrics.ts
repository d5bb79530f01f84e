import { Gauge, type Registry } from 'prom-client';

/** How long acknowledged deliveries wait for the bus. `ageSeconds` is undefined while nobody knows. */
export const registerDeliverySpoolMetrics = (
  registry: Registry,
  ageSeconds: () => Promise<number | undefined>,
): void => {
  new Gauge({
    name: 'integration_webhook_spool_age_seconds',
    help: 'Age of the oldest delivery that waits above the rate of its tenant',
    registers: [registry],
    // All workers see one spool.
    aggregator: 'max',
    async collect() {
      const age = await ageSeconds();
      // Better no value than one that was true a while ago.
      if (age === undefined) this.remove();
      else this.set(age);
    },
  });
};
