import { Counter, type Registry } from 'prom-client';

export type ReplayMetrics = {
  readonly replayed: (counts: { readonly sent: number; readonly failed: number }) => void;
};

/** Prometheus metrics of replays by filter. */
export const replayMetrics = (registry: Registry): ReplayMetrics => {
  const counter = new Counter({
    name: 'integration_webhook_replayed_total',
    help: 'Deliveries of replays by filter: given to the bus, or not kept any more',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['sent', 'failed']) counter.inc({ outcome }, 0);
  return {
    replayed: ({ sent, failed }) => {
      counter.inc({ outcome: 'sent' }, sent);
      counter.inc({ outcome: 'failed' }, failed);
    },
  };
};
