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

/** Labels come from closed sets: sources, outcomes, kinds of refusals. Never a token, an address or a sender's text. */
export type WebhookTelemetry = {
  readonly answered: (delivery: {
    readonly source: SourceService | 'unknown';
    readonly outcome: DeliveryOutcome;
    /** Kind of the refusal; undefined when there was none. */
    readonly reason: string | undefined;
  }) => void;
  readonly bodyRead: (bytes: number, durationMs: number) => void;
  readonly verified: (durationMs: number) => void;
  readonly committed: (durationMs: number) => void;
  /** The same body under another id. */
  readonly suspected: (source: SourceService) => void;
  /** The tenant's limit let it pass, or not. */
  readonly limited: (granted: boolean) => void;
};
