import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from '../config/tracing-config.ts';

const roots = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio: number) => new TraceIdRatioBasedSampler(ratio),
} satisfies Record<string, (ratio: number) => Sampler>;

/** The standard's names (OpenTelemetry, environment variables). `parentbased_`: a caller who decided has decided. */
export const samplerOf = (name: SamplerName, ratio: number): Sampler => {
  const isParentBased = name.startsWith('parentbased_');
  const root = roots[name.replace('parentbased_', '') as keyof typeof roots](ratio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
};
