import type { EnvironmentReader } from './environment-reader.ts';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

export type TracingConfig = {
  /** Base URL of a collector that accepts OTLP over HTTP. */
  readonly endpoint: string;
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
};

/** Reads the standard variables (OpenTelemetry, "Environment Variable Specification"). Undefined: no tracing. */
export const tracingConfig = (read: EnvironmentReader): TracingConfig | undefined => {
  const endpoint = read.url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http', 'https']);
  const name = read.oneOf('OTEL_TRACES_SAMPLER', samplers, 'parentbased_always_on');
  const ratio = Number(read.text('OTEL_TRACES_SAMPLER_ARG') ?? '1');
  if (!(ratio >= 0 && ratio <= 1)) read.problem('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1');
  return endpoint === undefined ? undefined : { endpoint, sampler: { name, ratio } };
};
