import { expect } from 'chai';
import { statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../../src/infrastructure/system/make-folder.ts';
import { testFolder } from '../../../support/test-folder.ts';

const failed = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: mkdir '${path}'`), { code });

describe('makeFolder', () => {
  it('makes a folder with its parents, and accepts one that exists', async () => {
    const { path, remove } = await testFolder();
    try {
      const inner = join(path, 'outer', 'inner');
      await makeFolder(inner, 0o700);
      await makeFolder(inner, 0o700);
      for (const made of [inner, dirname(inner)]) expect(statSync(made).mode & 0o777).to.equal(0o700);
    } finally {
      remove();
    }
  });

  it('tells of a read-only disk', async () => {
    const asked: string[] = [];
    /** As on Linux, where /ro is a read-only disk. */
    const onReadOnly = async (path: string) => {
      asked.push(path);
      throw failed(dirname(path) === '/ro' ? 'EROFS' : 'ENOENT', path);
    };
    const failure = await makeFolder('/ro/a/b', 0o700, onReadOnly).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property('message', `EROFS: mkdir '/ro/a'`);
    expect(asked).to.deep.equal(['/ro/a/b', '/ro/a']);
  });

  it('reports that none can be made in /proc', async () => {
    const failure = await makeFolder('/proc/no/such', 0o700).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'ENOENT');
  });

  it('tells that a file is in the way', async () => {
    const { path, remove } = await testFolder();
    try {
      const file = join(path, 'file');
      writeFileSync(file, '');
      const failure = await makeFolder(file, 0o700).catch((error: unknown) => error);
      expect(failure).to.have.property('code', 'EEXIST');
    } finally {
      remove();
    }
  });

  it('asks no further where the system tells the cause itself', async () => {
    let asked = 0;
    const full = async (path: string) => {
      asked += 1;
      throw failed('ENOSPC', path);
    };
    const failure = await makeFolder('/full/a', 0o700, full).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'ENOSPC');
    expect(asked).to.equal(1);
  });
});
