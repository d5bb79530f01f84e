import { expect } from 'chai';
import { Registry } from 'prom-client';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSpooling } from '../../../../src/infrastructure/container/spooling.ts';
import { aSpool, faultyDisk } from '../../../support/a-spool.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';
import { testFolder } from '../../../support/test-folder.ts';

type Spooling = Parameters<typeof startSpooling>[0];
type Telemetry = Parameters<typeof startSpooling>[1];

describe('the spool at the start', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  beforeEach(async () => void (folder = await testFolder()));
  afterEach(() => folder.remove());

  /** The log, and whether calls could be spooled after it. */
  const started = async (spoolDir: string, disk = faultyDisk()) => {
    const logger = recordingLogger();
    const spool = aSpool(join(spoolDir, 'installation'), disk);
    const journal = { adopt: () => spool.adopt(), shipped: 0 };
    const databaseWatch = { isAway: () => false };
    const spooling = { config: { spoolDir }, databaseWatch, spool, journal, logger };
    await startSpooling(spooling as unknown as Spooling, { registry: new Registry() } as Telemetry);
    const { problem } = spool;
    await spool.close();
    return { lines: logger.lines, problem };
  };
  /** Simulates a lock that cannot be opened: the user who runs the tests can open everything else. */
  const leftBehind = (): string => {
    const left = join(folder.path, 'installation', '0');
    mkdirSync(join(left, 'lock'), { recursive: true });
    writeFileSync(join(left, '000001764412800-000001.spool'), '');
    return left;
  };

  it('names the folder that an earlier process left and nobody can take over, and can be used', async () => {
    const left = leftBehind();
    const { lines, problem } = await started(folder.path);
    expect(problem).to.equal(undefined);
    expect(lines).to.have.length(1);
    expect(lines[0]?.message).to.match(
      /^calls spooled by an earlier process cannot be shipped: give its folder/,
    );
    expect(JSON.stringify(lines[0])).to.contain(`"folder":"${left}"`).and.to.contain('EISDIR');
  });

  const unusable = 'SPOOL_DIR cannot be used: while the database is away, this process refuses calls';

  it('reports that it cannot be used where the disk cannot be written beside that folder either', async () => {
    leftBehind();
    const disk = faultyDisk();
    disk.fail('EIO');
    const { lines, problem } = await started(folder.path, disk);
    expect(problem).to.equal('disk-failed');
    expect(lines.map(({ message }) => message)).to.deep.equal([unusable]);
    expect(JSON.stringify(lines)).to.contain('EIO');
  });

  it('says that it cannot be used where it is no folder', async () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const { lines, problem } = await started(file);
    expect(problem).to.equal('disk-failed');
    expect(lines.map(({ message }) => message)).to.deep.equal([unusable]);
  });
});
