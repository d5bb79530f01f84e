/** One answered request to a known webhook. */
export type TalliedDelivery = {
  readonly webhookId: string;
  readonly accepted: boolean;
  readonly at: number;
  /** It came to the address before the last rotation. */
  readonly toPreviousAddress: boolean;
  /** Version of the secret that proved it. */
  readonly secretVersion: number | undefined;
};

/**
 * Counts for the totals of webhooks. Written soon and together, apart from the deliveries: a row that every
 * delivery changed would let them wait for each other's commits. A crash loses the counts of its last moment.
 */
export type DeliveryTally = { readonly count: (delivery: TalliedDelivery) => void };
