import { expect } from 'chai';
import { Registry } from 'prom-client';
import { commandTypes } from '../../../../src/application/command-queue.ts';
import { commandOutcomes } from '../../../../src/application/telemetry.ts';
import { prometheusCommandTelemetry } from '../../../../src/infrastructure/telemetry/command-telemetry.ts';

describe('metrics of commands', () => {
  const make = () => {
    const registry = new Registry();
    const telemetry = prometheusCommandTelemetry(registry);
    const lines = async (): Promise<readonly string[]> => (await registry.metrics()).split('\n');
    return { telemetry, lines };
  };

  it('begin at 0 for every command and outcome, so that the first of each is an increase', async () => {
    const { lines } = make();
    const zeros = (await lines()).filter((line) => /^integration_commands_total\{.*\} 0$/.test(line));
    expect(zeros).to.have.length((commandTypes.length + 1) * commandOutcomes.length);
  });

  it('count what became of a delivery and how long it took, in seconds', async () => {
    const { telemetry, lines } = make();
    const command = 'integration.command.geocode';
    telemetry.commandFinished({ command, outcome: 'done', durationMs: 40 });
    telemetry.commandFinished({ command: 'unknown', outcome: 'refused', durationMs: 1 });
    telemetry.commandAnswerDropped();
    expect(await lines()).to.include.members([
      `integration_commands_total{command="${command}",outcome="done"} 1`,
      'integration_commands_total{command="unknown",outcome="refused"} 1',
      `integration_command_duration_seconds_sum{command="${command}"} 0.04`,
      'integration_command_answers_dropped_total 1',
    ]);
  });
});
