import { Gauge, type Registry } from 'prom-client';

/**
 * How far the clock by which deliveries are judged is ahead of the database's. `aheadMs` is undefined while unknown.
 */
export const registerClockMetrics = (registry: Registry, aheadMs: () => number | undefined): void => {
  new Gauge({
    name: 'integration_clock_ahead_seconds',
    help: "Seconds that this machine's clock is ahead of the database's",
    registers: [registry],
    // Workers share the clock of their machine.
    aggregator: 'first',
    collect() {
      const ahead = aheadMs();
      if (ahead === undefined) this.remove();
      else this.set(ahead / 1000);
    },
  });
};
