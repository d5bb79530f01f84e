/** The requested addresses: a small set that is soon cached, or each one once, starting at a number. */
export type Addresses =
  { readonly kind: 'hot'; readonly count: number } | { readonly kind: 'distinct'; readonly from: number };

/** The address to which a sender delivers webhooks, and its signing secret. */
export type WebhookTarget = { readonly path: string; readonly secret: string };

/**
 * The kind of request: for addresses or cells as callers of the gateway send them, as the gateway sends to Google, or
 * as GitHub delivers.
 */
export type Target = { readonly port: number } & (
  | { readonly kind: 'gateway'; readonly headers: Readonly<Record<string, string>> }
  /** `path` is that of a spreadsheet's values; each number requests another row. */
  | { readonly kind: 'sheet'; readonly path: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'google'; readonly key: string }
  | ({ readonly kind: 'webhook' } & WebhookTarget)
);

type Aim = {
  readonly target: Target;
  readonly addresses: Addresses;
  /** Sockets, each with at most one request in progress. */
  readonly connections: number;
  readonly durationMs: number;
};

/**
 * Closed loop: every connection sends its next request when it has received its answer. Finds the maximum throughput.
 */
export type ClosedLoop = Aim & { readonly kind: 'closed'; readonly most?: number };

/**
 * Open loop: requests are due at a constant rate, whatever the server does, and latency counts from the moment
 * a request was due. A slow server cannot make its own figures look better by slowing the client down.
 */
export type OpenLoop = Aim & {
  readonly kind: 'open';
  readonly perSecond: number;
  /** Whether the measurement keeps the latency of each request. */
  readonly keepsEach?: true;
};

export type Job = ClosedLoop | OpenLoop;

/** Latencies in milliseconds. */
export type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number };

export type Measured = Percentiles & {
  readonly answers: number;
  /** Answers by HTTP status, to check that the intended case was measured. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /**
   * If the job keeps it, the latency of each request, in the order of their numbers. It is measured from the moment the
   * request was handed to the socket, so that delays of the client's own timer do not count; but from the moment the
   * request was due if it had to wait for a free connection, which is the server's delay.
   */
  readonly each?: Float64Array;
};
