import { hostname } from 'node:os';
import type { TracingConfig } from '../config/tracing-config.ts';
import { systemClock } from '../system/system-clock.ts';
import type { OtlpTracing } from './otlp-tracing.ts';
import { stateChanges } from './state-changes.ts';
import { errorFields, type Logger } from './winston-logger.ts';

/** Tracing, where it is configured. Only then is OpenTelemetry loaded, which takes a tenth of a second. */
export const openTracing = async (
  config: TracingConfig | undefined,
  version: string,
  logger: Logger,
): Promise<OtlpTracing | undefined> => {
  if (config === undefined) return undefined;
  const { otlpTracing } = await import('./otlp-tracing.ts');
  const state = stateChanges(systemClock.monotonic, {
    broken: (error) => logger.warn('traces are not accepted by their collector', errorFields(error)),
    recovered: (failures) => logger.info('traces are accepted again by their collector', { failures }),
  });
  return otlpTracing({
    ...config,
    version,
    instance: `${hostname()}-${process.pid}`,
    onSent: state.works,
    onFailed: state.broken,
  });
};
