/** One answered request to a known webhook. `at` is in epoch milliseconds. */
export type TalliedDelivery = {
  readonly webhookId: string;
  readonly accepted: boolean;
  readonly at: number;
  /** It used the address from before the last token rotation. */
  readonly toPreviousAddress: boolean;
  /** Version of the secret that verified it. */
  readonly secretVersion: number | undefined;
};

/**
 * Counters for the totals of webhooks. They are written in batches, separately from deliveries: otherwise every
 * delivery would update the same row and wait for the commits of others. A crash loses the last counts.
 */
export type DeliveryTally = { readonly count: (delivery: TalliedDelivery) => void };
