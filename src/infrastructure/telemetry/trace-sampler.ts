import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from '../config/tracing-config.ts';

/** The caller's sampling decision is obeyed; `root` decides for callers without one. */
const parentBased = (root: Sampler): Sampler => new ParentBasedSampler({ root });

/** The standard's names (OpenTelemetry, environment variables). */
const samplers: { readonly [N in SamplerName]: (ratio: number) => Sampler } = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => parentBased(new AlwaysOnSampler()),
  parentbased_always_off: () => parentBased(new AlwaysOffSampler()),
  parentbased_traceidratio: (ratio) => parentBased(new TraceIdRatioBasedSampler(ratio)),
};

export const samplerOf = (name: SamplerName, ratio: number): Sampler => samplers[name](ratio);
