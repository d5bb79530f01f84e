import type { Registry } from 'prom-client';
import { commandTypes } from '../../application/command-queue.ts';
import type { CommandTelemetry } from '../../application/telemetry.ts';
import { commandMetrics } from './metrics.ts';

/** What becomes of commands, for Prometheus. */
export const prometheusCommandTelemetry = (registry: Registry): CommandTelemetry => {
  const { commands, durations, answersDropped } = commandMetrics(registry);
  // There from the start: what first appears with its first increase shows no increase to Prometheus.
  for (const command of commandTypes) commands.inc({ command, outcome: 'exhausted' }, 0);
  return {
    commandFinished: ({ command, outcome, durationMs }) => {
      commands.inc({ command, outcome });
      durations.observe({ command }, durationMs / 1000);
    },
    commandAnswerDropped: () => answersDropped.inc(),
  };
};
