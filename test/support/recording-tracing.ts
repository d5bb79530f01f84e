import type { SpanAttributes, Tracing } from '../../src/application/tracing.ts';

export type RecordedSpan = {
  readonly name: string;
  readonly parent: string | undefined;
  readonly traceparent: string;
  readonly attributes: SpanAttributes;
  failure: string | undefined;
  hasEnded: boolean;
  readonly times: readonly [number, number] | undefined;
};

/** Keeps every span, for tests that read them. */
export const recordingTracing = (): Tracing & { readonly spans: readonly RecordedSpan[] } => {
  const spans: RecordedSpan[] = [];
  const next = (): string => `00-${'a'.repeat(32)}-${String(spans.length + 1).padStart(16, '0')}-01`;
  return {
    spans,
    start: (name, _kind, parent, attributes) => {
      const traceparent = next();
      const all: Record<string, SpanAttributes[string]> = { ...attributes };
      const span: RecordedSpan = {
        name,
        parent,
        traceparent,
        attributes: all,
        failure: undefined,
        hasEnded: false,
        times: undefined,
      };
      spans.push(span);
      return {
        traceparent,
        end: (more, failure) => {
          Object.assign(all, more);
          Object.assign(span, { failure, hasEnded: true });
        },
      };
    },
    add: (name, parent, startedAt, endedAt) =>
      void spans.push({
        name,
        parent,
        traceparent: next(),
        attributes: {},
        failure: undefined,
        hasEnded: true,
        times: [startedAt, endedAt],
      }),
  };
};
