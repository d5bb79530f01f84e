import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Span, Tracing } from '../../application/tracing.ts';
import type { SamplerName } from '../config/tracing-config.ts';
import { samplerOf } from './trace-sampler.ts';

type Options = {
  /** Base address of the collector; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  readonly version: string;
  readonly instance: string;
  /** The collector took a batch, or did not. Called for each. */
  readonly onSent: () => void;
  readonly onFailed: (error: unknown) => void;
};

export type OtlpTracing = Tracing & {
  /** Sends what waits, as far as the collector takes it in time. */
  readonly close: () => Promise<void>;
};

/** Spans that wait for the collector; what is more is dropped. About 2 MB. */
const MOST_WAITING = 2_048;
const SEND_EVERY_MS = 2_000;
const SEND_TIMEOUT_MS = 5_000;
const CLOSE_PATIENCE_MS = 3_000;

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

/**
 * Spans for a collector of OpenTelemetry (OTLP over HTTP, JSON). Nobody waits for it: spans gather in bounded
 * memory and leave in batches. Parents are handed on as `traceparent`, so there is no ambient context to keep.
 */
export const otlpTracing = (options: Options): OtlpTracing => {
  const { version, instance, sampler } = options;
  const resource = resourceFromAttributes({
    'service.name': 'integration-service',
    'service.version': version,
    'service.instance.id': instance,
  });
  const exporter = reporting(options, exporterTo(options.endpoint));
  const spanProcessors = [
    new BatchSpanProcessor({
      exporter,
      maxQueueSize: MOST_WAITING,
      scheduledDelayMillis: SEND_EVERY_MS,
      exportTimeoutMillis: SEND_TIMEOUT_MS,
    }),
  ];
  const provider = new TracerProvider({
    resource,
    spanProcessors,
    sampler: samplerOf(sampler.name, sampler.ratio),
  });
  const tracer = provider.getTracer('integration-service', version);
  return {
    start: (name, kind, parent, attributes) =>
      spanOf(tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, below(parent))),
    add: (name, parent, startTime, endTime) =>
      tracer.startSpan(name, { startTime }, below(parent)).end(endTime),
    close: () => Promise.race([provider.shutdown().catch(options.onFailed), patience()]),
  };
};

const patience = (): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, CLOSE_PATIENCE_MS).unref());

const exporterTo = (endpoint: string): SpanExporter =>
  new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: SEND_TIMEOUT_MS,
  });

/** The library says nothing of batches that were refused or never arrived. */
const reporting = ({ onSent, onFailed }: Options, inner: SpanExporter): SpanExporter => ({
  export: (spans, done) =>
    inner.export(spans, (result) => {
      if (result.code === 0) onSent();
      else onFailed(result.error ?? new Error('the collector did not take the spans'));
      done(result);
    }),
  forceFlush: async () => inner.forceFlush?.(),
  shutdown: () => inner.shutdown(),
});

/** Malformed ones do not get here: they are refused at the edge. */
const below = (traceparent: string | undefined): Context => {
  if (traceparent === undefined) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
};

const spanOf = (span: OtelSpan): Span => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`,
    end: (attributes, failure) => {
      span.setAttributes({ ...attributes, ...(failure !== undefined && { 'error.type': failure }) });
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end();
    },
  };
};
