import { expect } from 'chai';
import { noteLines } from '../../../../src/infrastructure/telemetry/note-lines.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

describe('lines about notes that nobody waits for', () => {
  const opened = () => {
    const clock = fixedClock();
    const logger = recordingLogger();
    let isAway = false;
    const lines = noteLines({ logger, monotonic: clock.monotonic, isAway: () => isAway }, 'totals');
    const failing = (seconds: number, reason: string): void => {
      for (let second = 0; second < seconds; second += 2) {
        lines.onFailed(new Error(reason));
        clock.advance(2_000);
      }
    };
    const said = (): readonly unknown[] =>
      logger.lines.map(({ level, message, fields }) => [level, message, fields['error'] ?? fields]);
    return { lines, clock, failing, said, lose: (away: boolean) => void (isAway = away) };
  };

  it('say once that they cannot be written, once for each further reason, and once that they can', () => {
    const { lines, clock, failing, said } = opened();
    failing(60, 'the database is read-only');
    failing(60, 'disk full');
    clock.advance(10_000);
    lines.onWritten();
    lines.onWritten();
    expect(said()).to.deep.equal([
      ['warn', 'totals not written yet, trying again', 'the database is read-only'],
      ['warn', 'totals still not written, for another reason', 'disk full'],
      ['info', 'totals are written again', { failures: 60 }],
    ]);
  });

  it('are silent about a database that is away, of which its watch tells', () => {
    const { failing, said, lose } = opened();
    lose(true);
    failing(10, 'connect ECONNREFUSED');
    expect(said()).to.deep.equal([]);
  });
});
