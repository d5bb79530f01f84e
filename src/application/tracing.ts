/** Attributes come from closed sets, ids and counts: never an address, a key, a token or a URL. */
export type SpanAttributes = { readonly [name: string]: string | number | boolean | undefined };

/** One piece of work as a trace shows it. */
export type Span = {
  /** W3C Trace Context: what is done inside this piece of work, here and elsewhere, hangs below it. */
  readonly traceparent: string;
  /** With `failure`, a word from a closed set, it is shown as failed. */
  readonly end: (attributes: SpanAttributes, failure?: string) => void;
};

/** Where pieces of work are told. Present only where somebody collects them. */
export type Tracing = {
  readonly start: (
    name: string,
    kind: 'server' | 'internal' | 'client',
    parent: string | undefined,
    attributes: SpanAttributes,
  ) => Span;
  /** A piece of work that is over. Epoch milliseconds. */
  readonly add: (name: string, parent: string, startedAt: number, endedAt: number) => void;
};
