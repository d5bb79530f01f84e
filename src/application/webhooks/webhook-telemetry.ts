import type { SourceService } from '../../domain/webhook/scheme/signature-scheme.ts';

export const deliveryOutcomes = [
  'accepted',
  'repeated',
  'held',
  'filtered',
  'spooled',
  'handshake',
  'refused',
] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/**
 * Metrics. Labels come from closed sets (sources, outcomes, kinds of refusal), never from tokens, addresses or text of
 * senders.
 */
export type WebhookTelemetry = {
  readonly answered: (delivery: {
    readonly source: SourceService | 'unknown';
    readonly outcome: DeliveryOutcome;
    /** Kind of the refusal; undefined when the delivery was not refused. */
    readonly reason: string | undefined;
  }) => void;
  readonly bodyRead: (bytes: number, durationMs: number) => void;
  readonly verified: (durationMs: number) => void;
  readonly committed: (durationMs: number) => void;
  /** The same body arrived under another id, a possible replay attack. */
  readonly suspected: (source: SourceService) => void;
  /** Whether the tenant's rate limit granted the delivery. */
  readonly limited: (granted: boolean) => void;
};
