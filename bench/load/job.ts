/** Which addresses are asked for: a small set that is soon cached, or each one once, from a number on. */
export type Addresses =
  { readonly kind: 'hot'; readonly count: number } | { readonly kind: 'distinct'; readonly from: number };

/** Where a sender of webhooks delivers, and what it signs with. */
export type WebhookTarget = { readonly path: string; readonly secret: string };

/**
 * How it is asked: for addresses or for cells as callers of the gateway do, as the gateway asks Google,
 * or as GitHub delivers.
 */
export type Target = { readonly port: number } & (
  | { readonly kind: 'gateway'; readonly headers: Readonly<Record<string, string>> }
  /** `path` is that of a spreadsheet's values; each number is another row. */
  | { readonly kind: 'sheet'; readonly path: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'google'; readonly key: string }
  | ({ readonly kind: 'webhook' } & WebhookTarget)
);

type Aim = {
  readonly target: Target;
  readonly addresses: Addresses;
  /** Sockets, each with one request under way at most. */
  readonly connections: number;
  readonly durationMs: number;
};

/** Closed loop: every connection sends its next request when it has its answer. Finds the maximum. */
export type ClosedLoop = Aim & { readonly kind: 'closed'; readonly most?: number };

/**
 * Open loop: requests are due at a constant rate, whatever the server does, and latency counts from the moment
 * a request was due. A slow server cannot make its own figures look better by slowing the client down.
 */
export type OpenLoop = Aim & {
  readonly kind: 'open';
  readonly perSecond: number;
  /** Whether the measurement is to hold each request's own latency. */
  readonly keepsEach?: true;
};

export type Job = ClosedLoop | OpenLoop;

/** Latencies in milliseconds. */
export type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number };

export type Measured = Percentiles & {
  readonly answers: number;
  /** Answers by HTTP status, to be sure that what was measured is what was meant. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /**
   * If the job keeps it, each request's own latency, in the order of their numbers: from the moment the request was
   * handed to the socket, since the lateness of the client's own timer is not the server's doing; but from the moment
   * it was due if it had to wait for a free connection, which is.
   */
  readonly each?: Float64Array;
};
