import { Counter, Histogram, type Registry } from 'prom-client';
import type { DeliveryRefusal } from '../../application/webhooks/delivery-refusal.ts';
import { deliveryOutcomes, type WebhookTelemetry } from '../../application/webhooks/webhook-telemetry.ts';
import { sourceServices } from '../../domain/webhook/scheme/signature-scheme.ts';

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const bytes = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 26_214_400];

/** The refusals that alerts watch: not the sender's fault, or so many that somebody has to find out why. */
const watched = [
  'storage-unavailable',
  'too-busy',
  'secret-unreadable',
  'proof-unknown',
  'not-authentic',
  'flooding',
  'over-limit',
  'spool-full',
] as const satisfies readonly DeliveryRefusal['kind'][];

const metrics = (registry: Registry) => {
  const registers = [registry];
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });
  return {
    requests: new Counter({
      name: 'integration_webhook_requests_total',
      help: 'Deliveries by what became of them; the reason is that of a refusal',
      labelNames: ['source', 'outcome', 'reason'],
      registers,
    }),
    suspects: new Counter({
      name: 'integration_webhook_replay_suspects_total',
      help: 'Deliveries whose body came before under another unsigned id',
      labelNames: ['source'],
      registers,
    }),
    limiter: new Counter({
      name: 'integration_webhook_limiter_decisions_total',
      help: "Authentic deliveries by whether the tenant's rate let them pass",
      labelNames: ['decision'],
      registers,
    }),
    sizes: histogram('integration_webhook_body_bytes', 'Bodies of deliveries', bytes),
    reading: histogram(
      'integration_webhook_read_duration_seconds',
      'From the headers to the whole body',
      seconds,
    ),
    verifying: histogram('integration_webhook_verify_duration_seconds', 'Proof of one delivery', seconds),
    committing: histogram(
      'integration_webhook_commit_duration_seconds',
      'From the proof to the commit, the wait for others of the same commit included',
      seconds,
    ),
  };
};

/** Prometheus metrics of deliveries. */
export const prometheusWebhookTelemetry = (registry: Registry): WebhookTelemetry => {
  const { requests, suspects, limiter, sizes, reading, verifying, committing } = metrics(registry);
  // Initialised with 0: Prometheus sees no increase of a counter that first appears as 1.
  for (const source of sourceServices) {
    suspects.inc({ source }, 0);
    for (const outcome of deliveryOutcomes)
      if (outcome !== 'refused') requests.inc({ source, outcome, reason: 'none' }, 0);
    for (const reason of watched) requests.inc({ source, outcome: 'refused', reason }, 0);
  }
  // If the address could not be looked up, the source is unknown.
  requests.inc({ source: 'unknown', outcome: 'refused', reason: 'storage-unavailable' }, 0);
  for (const decision of ['granted', 'refused']) limiter.inc({ decision }, 0);
  return {
    answered: ({ source, outcome, reason }) => requests.inc({ source, outcome, reason: reason ?? 'none' }),
    bodyRead: (size, durationMs) => {
      sizes.observe(size);
      reading.observe(durationMs / 1000);
    },
    verified: (durationMs) => verifying.observe(durationMs / 1000),
    committed: (durationMs) => committing.observe(durationMs / 1000),
    suspected: (source) => suspects.inc({ source }),
    limited: (granted) => limiter.inc({ decision: granted ? 'granted' : 'refused' }),
  };
};
