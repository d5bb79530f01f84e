import { Counter, type Registry } from 'prom-client';

/** Deliveries of which no event can be made, for Prometheus. */
export const parkedDeliveries = (registry: Registry): { readonly parked: () => void } => {
  const counter = new Counter({
    name: 'integration_webhook_parked_total',
    help: 'Deliveries that waited and could not be given to the bus: set aside',
    registers: [registry],
  });
  return { parked: () => counter.inc() };
};
