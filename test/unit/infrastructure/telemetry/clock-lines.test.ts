import { expect } from 'chai';
import { clockLines } from '../../../../src/infrastructure/telemetry/clock-lines.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

describe('The lines of a clock that is wrong', () => {
  /** The log lines when the clock is ahead by these milliseconds, reading by reading. */
  const toldOf = (...looks: readonly (number | undefined)[]) => {
    const logger = recordingLogger();
    let ahead: number | undefined;
    const tell = clockLines(logger, () => ahead);
    for (ahead of looks) tell();
    return logger.lines.map(({ level, message, fields }) => [
      level,
      /(differ|agree)/.exec(message)?.[0],
      fields,
    ]);
  };

  it('are one when it comes apart from that of PostgreSQL, in either direction, and one at its end', () => {
    expect(toldOf(0, 2_100, 2_200, 5)).to.deep.equal([
      ['warn', 'differ', { ahead_seconds: 2.1 }],
      ['info', 'agree', { ahead_seconds: 0 }],
    ]);
    expect(toldOf(-34_560_000_000)).to.deep.equal([['warn', 'differ', { ahead_seconds: -34_560_000 }]]);
  });

  it('are not written while the error is within the accuracy of a reading, or nothing was read', () => {
    expect(toldOf(undefined, 1_900, -2_000, undefined)).to.deep.equal([]);
  });

  it('are no more for a clock at the limit', () => {
    expect(toldOf(2_001, 1_999, 2_001, 1_001, 2_001)).to.have.length(1);
  });
});
