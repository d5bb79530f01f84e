import type { Registry } from 'prom-client';
import { commandTypes } from '../../application/command-queue.ts';
import { commandOutcomes, type CommandTelemetry } from '../../application/telemetry.ts';
import { commandMetrics } from './metrics.ts';

/** Prometheus metrics of commands. */
export const prometheusCommandTelemetry = (registry: Registry): CommandTelemetry => {
  const { commands, durations, answersDropped } = commandMetrics(registry);
  // Initialised with 0: Prometheus sees no increase of a counter that first appears as 1, and no alert would report the
  // first case.
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
