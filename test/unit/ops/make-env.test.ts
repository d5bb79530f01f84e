import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from '../../support/test-folder.ts';

const SCRIPT = 'ops/compose/make-env.sh';

describe('ops/compose/make-env.sh', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  beforeEach(async () => {
    folder = await testFolder();
    mkdirSync(join(folder.path, 'ops/compose'), { recursive: true });
    cpSync(new URL(`../../../${SCRIPT}`, import.meta.url), join(folder.path, SCRIPT));
  });
  afterEach(() => folder.remove());

  const run = (programs = '') => {
    const PATH = `${programs}:${process.env['PATH']}`;
    return spawnSync('sh', [join(folder.path, SCRIPT)], { env: { PATH }, encoding: 'utf8' });
  };
  const written = (): string => readFileSync(join(folder.path, '.env'), 'utf8');

  it('writes secrets that are all different, for its owner alone, and never over an old file', () => {
    expect(run().status).to.equal(0);
    const before = written();
    const secrets = [...before.matchAll(/^\w+(?:PASSWORD|SECRET|KEYS)=(?:k1:)?(\S{40,})$/gm)];
    expect(new Set(secrets.map(([, secret]) => secret))).to.have.property('size', 7);
    expect(statSync(join(folder.path, '.env')).mode & 0o777).to.equal(0o600);
    const again = run();
    expect([again.status, again.stderr]).to.deep.equal([1, '.env is there already, and left as it is\n']);
    expect(written()).to.equal(before);
  });

  it('leaves nothing behind where a secret cannot be made: what it had left would not be written over', () => {
    const programs = join(folder.path, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'openssl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { status, stdout } = run(programs);
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(readdirSync(folder.path).toSorted()).to.deep.equal(['ops', 'programs']);
  });
});
