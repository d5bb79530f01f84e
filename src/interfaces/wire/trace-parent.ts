/** W3C Trace Context, section 3.2: version, trace id, parent id and flags; later versions may append fields. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * A malformed traceparent is ignored, not refused: by the specification the trace is restarted. One of a later version
 * is passed on as version 00, of whose flags only "sampled" may be taken over.
 */
export const traceParentOf = (header: string | readonly string[] | undefined): string | undefined => {
  if (typeof header !== 'string') return undefined;
  const [, version, ids, flags = '', more] = TRACEPARENT.exec(header) ?? [];
  if (version === undefined) return undefined;
  if (version === '00') return more === undefined ? header : undefined;
  return `00-${ids}-${(Number.parseInt(flags, 16) & 1) === 1 ? '01' : '00'}`;
};

/** The id shared by all spans of a trace. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent?.slice('00-'.length, '00-'.length + 32);
