import { Gauge, type Registry } from 'prom-client';

/** Number of managed address lists that wait for an operator. */
export const registerAddressListMetrics = (registry: Registry, held: () => readonly string[]): void => {
  new Gauge({
    name: 'integration_webhook_address_lists_held',
    help: 'Managed address lists whose refresh would remove more than half and waits for an operator',
    registers: [registry],
    aggregator: 'max',
    collect() {
      this.set(held().length);
    },
  });
};
