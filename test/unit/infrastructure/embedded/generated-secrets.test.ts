import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { generatedSecrets } from '../../../../src/infrastructure/embedded/generated-secrets.ts';
import { parseEncryptionKeys } from '../../../../src/infrastructure/security/encryption-keys.ts';

const failureOf = async (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'no error',
    (error: unknown) => String(error),
  );

describe('generatedSecrets', () => {
  let root = '';
  let dataDir = '';
  let file = '';

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'integration-service-secrets-'));
    dataDir = join(root, 'not', 'yet');
    file = join(dataDir, 'secrets.json');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('makes a sealing key and a long signing secret on first use', async () => {
    const { encryptionKeys, jwtSecret } = await generatedSecrets(dataDir);
    expect(isRight(parseEncryptionKeys(encryptionKeys))).to.equal(true);
    expect(jwtSecret).to.match(/^[A-Za-z0-9_-]{64}$/);
  });

  it('keeps them for later starts in a file and folder accessible to the owner only, without any other file', async () => {
    const first = await generatedSecrets(dataDir);
    expect(await generatedSecrets(dataDir)).to.deep.equal(first);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await stat(dataDir)).mode & 0o777).to.equal(0o700);
    expect(await readdir(dataDir)).to.deep.equal(['secrets.json']);
  });

  it('gives all who ask first at the same time the same secrets', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => generatedSecrets(dataDir)));
    expect(new Set(all.map((secrets) => JSON.stringify(secrets))).size).to.equal(1);
    expect(await readdir(dataDir)).to.deep.equal(['secrets.json']);
  });

  it('takes its randomness from the source it is given', async () => {
    const { encryptionKeys } = await generatedSecrets(dataDir, (size) => Buffer.alloc(size, 1));
    expect(encryptionKeys).to.equal(`generated:${Buffer.alloc(32, 1).toString('base64')}`);
  });

  it('refuses a file that other users may read, and leaves its mode to the operator', async () => {
    await generatedSecrets(dataDir);
    for (const mode of [0o640, 0o604, 0o660, 0o777]) {
      await chmod(file, mode);
      expect(await failureOf(generatedSecrets(dataDir)))
        .to.include('chmod 600')
        .and.include(mode.toString(8));
      expect((await stat(file)).mode & 0o777).to.equal(mode);
    }
  });

  const good = { encryptionKeys: `k:${Buffer.alloc(32).toString('base64')}`, jwtSecret: 'x'.repeat(64) };
  const damaged: readonly (readonly [string, string])[] = [
    ['an empty file', ''],
    ['half a file', JSON.stringify(good).slice(0, 60)],
    ['a list', '[]'],
    ['no keys', JSON.stringify({ jwtSecret: good.jwtSecret })],
    ['a broken key', JSON.stringify({ ...good, encryptionKeys: 'k:c2hvcnQ=' })],
    ['no signing secret', JSON.stringify({ encryptionKeys: good.encryptionKeys })],
    ['a short signing secret', JSON.stringify({ ...good, jwtSecret: 'planted-and-short' })],
  ];
  for (const [what, content] of damaged) {
    it(`refuses ${what}, quotes nothing of it and changes nothing`, async () => {
      await generatedSecrets(dataDir);
      await writeFile(file, content);
      const failure = await failureOf(generatedSecrets(dataDir));
      expect(failure).to.include('is damaged').and.include(file);
      expect(failure).not.to.match(/c2hvcnQ|planted|AAAA|xxxx/);
      expect(await readFile(file, 'utf8')).to.equal(content);
    });
  }
});
