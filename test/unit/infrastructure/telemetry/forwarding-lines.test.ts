import { expect } from 'chai';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/connection/database-away.ts';
import { forwardingLines } from '../../../../src/infrastructure/telemetry/forwarding-lines.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

const readOnly = () => Object.assign(new Error('the database is read-only'), { code: '25006' });

describe('lines about the forwarding of events', () => {
  const rig = () => {
    const clock = fixedClock();
    const logger = recordingLogger();
    const { broken, works } = forwardingLines(logger, clock.monotonic);
    const said = () => logger.lines.map(({ level, message }) => `${level} ${message}`);
    return { clock, logger, broken, works, said };
  };

  it('report once that events are held up, whatever the number of attempts, each further reason once, and once that they are sent', () => {
    const { clock, logger, broken, works, said } = rig();
    works();
    for (let tries = 0; tries < 50; tries += 1) {
      broken(readOnly());
      clock.advance(7_500);
    }
    broken(new Error('NOT_FOUND'));
    broken(readOnly());
    clock.advance(10_000);
    works();
    works();
    expect(said()).to.deep.equal([
      'warn events not forwarded',
      'warn events still not forwarded, for another reason',
      'info events are forwarded again',
    ]);
    expect(logger.lines[0]?.fields).to.include({ error_code: '25006' });
    expect(logger.lines[2]?.fields).to.deep.equal({ failures: 52 });
  });

  it('say nothing of a database that is away: its watch does', () => {
    const { broken, said } = rig();
    broken(new DatabaseAway('ECONNREFUSED'));
    expect(said()).to.deep.equal([]);
  });
});
