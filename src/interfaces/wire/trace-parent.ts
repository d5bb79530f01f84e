/** W3C Trace Context, version-format of version 00; later versions may append fields, which are not passed on. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A malformed traceparent is ignored, not refused: by the specification the trace is restarted. */
export const traceParentOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' && TRACEPARENT.test(header) ? header : undefined;

/** The id shared by all spans of a trace. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent?.slice('00-'.length, '00-'.length + 32);
