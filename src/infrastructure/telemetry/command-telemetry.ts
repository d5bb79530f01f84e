import type { Registry } from 'prom-client';
import type { CommandTelemetry } from '../../application/telemetry.ts';
import { commandMetrics } from './metrics.ts';

/** What becomes of commands, for Prometheus. */
export const prometheusCommandTelemetry = (registry: Registry): CommandTelemetry => {
  const { commands, durations, answersDropped } = commandMetrics(registry);
  return {
    commandFinished: ({ command, outcome, durationMs }) => {
      commands.inc({ command, outcome });
      durations.observe({ command }, durationMs / 1000);
    },
    commandAnswerDropped: () => answersDropped.inc(),
  };
};
