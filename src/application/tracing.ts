/** Span attributes come from closed sets, ids and counts: never an address, a key, a token or a URL. */
export type SpanAttributes = { readonly [name: string]: string | number | boolean | undefined };

/** One span of a trace. */
export type Span = {
  /** W3C Trace Context of this span, the parent for everything done inside it, here or in another system. */
  readonly traceparent: string;
  /** With `failure`, a word from a closed set, the span is marked as failed. */
  readonly end: (attributes: SpanAttributes, failure?: string) => void;
};

/** Records spans. Present only where a collector is configured. */
export type Tracing = {
  readonly start: (
    name: string,
    kind: 'server' | 'internal' | 'client',
    parent: string | undefined,
    attributes: SpanAttributes,
  ) => Span;
  /** Adds a span that has ended already. Times in epoch milliseconds. */
  readonly add: (name: string, parent: string, startedAt: number, endedAt: number) => void;
};
