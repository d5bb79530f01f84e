import { expect } from 'chai';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/connection/database-away.ts';
import { startPeriodicJobs } from '../../../../src/infrastructure/system/periodic-jobs.ts';
import { jobLines } from '../../../../src/infrastructure/telemetry/job-lines.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

describe('lines about jobs', () => {
  const opened = () => {
    const clock = fixedClock();
    const logger = recordingLogger();
    const { failed, worked } = jobLines(logger, clock.monotonic);
    let reason: Error | undefined;
    const run = async (): Promise<void> => {
      if (reason !== undefined) throw reason;
    };
    const quick = { name: 'quick', everyMs: 1_000, run };
    const other = { name: 'other', everyMs: 1_000, run: async () => undefined };
    const jobs = startPeriodicJobs([quick, other], clock.sleep, failed, worked);
    const runFor = async (milliseconds: number, failing?: Error): Promise<void> => {
      reason = failing;
      await clock.run(milliseconds);
    };
    const said = (): readonly unknown[] =>
      logger.lines.map(({ level, message, fields }) => [
        level,
        message,
        fields['job'],
        fields['error'] ?? fields,
      ]);
    return { jobs, runFor, said };
  };

  it('say once that one fails, once for each further reason, and once that it works again', async () => {
    const { jobs, runFor, said } = opened();
    await runFor(60_000, new Error('too many connections'));
    await runFor(60_000, new Error('disk full'));
    await runFor(60_000, new Error('too many connections'));
    await runFor(60_000);
    expect(said()).to.deep.equal([
      ['warn', 'job failed', 'quick', 'too many connections'],
      ['warn', 'job still fails, for another reason', 'quick', 'disk full'],
      ['info', 'job works again', 'quick', { job: 'quick', failures: 180 }],
    ]);
    await jobs.stop();
  });

  it('are silent about a database that is away, of which its watch tells', async () => {
    const { jobs, runFor, said } = opened();
    await runFor(10_000, new DatabaseAway('ECONNREFUSED'));
    await runFor(60_000);
    expect(said()).to.deep.equal([]);
    await jobs.stop();
  });
});
