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
  /** Base URL of the collector; `/v1/traces` is appended. */
  readonly endpoint: string;
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  readonly version: string;
  readonly instance: string;
  /** Called after each batch: whether the collector accepted it or not. */
  readonly onSent: () => void;
  readonly onFailed: (error: unknown) => void;
};

export type OtlpTracing = Tracing & {
  /** Sends the remaining spans, as far as the collector accepts them in time. */
  readonly close: () => Promise<void>;
};

/** Spans that may wait for the collector, about 2 MB; further ones are dropped. */
const MOST_WAITING = 2_048;
const SEND_EVERY_MS = 2_000;
const SEND_TIMEOUT_MS = 5_000;
const CLOSE_PATIENCE_MS = 3_000;

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

/**
 * Sends spans to an OpenTelemetry collector (OTLP over HTTP, JSON). Nobody waits for it: spans are collected in bounded
 * memory and sent in batches. Parents are passed on as `traceparent`, so there is no ambient context.
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

/** The library does not report batches that were refused or never arrived. */
const reporting = ({ onSent, onFailed }: Options, inner: SpanExporter): SpanExporter => ({
  export: (spans, done) =>
    inner.export(spans, (result) => {
      if (result.code === 0) onSent();
      else onFailed(result.error ?? new Error('the collector did not accept the spans'));
      done(result);
    }),
  forceFlush: async () => inner.forceFlush?.(),
  shutdown: () => inner.shutdown(),
});

/** Malformed ones do not get here: the edge refuses them. */
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
