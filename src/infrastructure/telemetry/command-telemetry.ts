import type { Registry } from 'prom-client';
import { commandTypes } from '../../application/command-queue.ts';
import { commandOutcomes, type CommandTelemetry } from '../../application/telemetry.ts';
import { commandMetrics } from './metrics.ts';

/** What becomes of commands, for Prometheus. */
export const prometheusCommandTelemetry = (registry: Registry): CommandTelemetry => {
  const { commands, durations, answersDropped } = commandMetrics(registry);
  // From 0 on: of a counter that begins at 1, Prometheus sees no increase, and no alert would tell of the first.
  for (const command of [...commandTypes, 'unknown'])
    for (const outcome of commandOutcomes) commands.inc({ command, outcome }, 0);
  return {
    commandFinished: ({ command, outcome, durationMs }) => {
      commands.inc({ command, outcome });
      durations.observe({ command }, durationMs / 1000);
    },
    commandAnswerDropped: () => answersDropped.inc(),
  };
};
