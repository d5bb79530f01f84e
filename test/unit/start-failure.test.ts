import { expect } from 'chai';
import { dataFolderFailure, listenFailure } from '../../src/start-failure.ts';

const coded = (code: string, path?: string): Error => Object.assign(new Error(`${code}: no`), { code, path });
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

describe('a start that fails', () => {
  it('says which variable leads to another port or address', () => {
    const told = (code: string) => messageOf(listenFailure(coded(code), { port: 80, host: '10.0.0.9' }));
    expect(told('EADDRINUSE')).to.match(/^port 80 of 10\.0\.0\.9 is taken .* set another PORT$/);
    expect(told('EACCES')).to.match(/^port 80 of .* set a PORT of 1024 or more$/);
    for (const code of ['EADDRNOTAVAIL', 'ENOTFOUND']) expect(told(code)).to.match(/set another HOST$/);
    expect(told('EMFILE')).to.equal('EMFILE: no');
  });

  it('names DATA_DIR where that cannot be written, and nothing else’s trouble', () => {
    const told = (path: string | undefined, code = 'EROFS') =>
      messageOf(dataFolderFailure(coded(code, path), { dataDir: '/srv/data' }));
    for (const path of ['/srv/data', '/srv/data/secrets.json', '/srv/data/postgres/base'])
      expect(told(path)).to.match(/^DATA_DIR \/srv\/data cannot be used \(EROFS: no\): .* set another$/);
    expect(told('/srv', 'ENOENT')).to.match(/^DATA_DIR \/srv\/data cannot be used \(ENOENT: no\)/);
    for (const path of ['/srv/data2/x', '/etc/keys', undefined]) expect(told(path)).to.equal('EROFS: no');
    for (const code of ['ENOSPC', 'EDQUOT'])
      expect(told('/srv/data/secrets.json', code)).to.match(
        /^DATA_DIR .*: make room for it, or set another$/,
      );
    expect(told('/srv/data/secrets.json', 'EBADF')).to.equal('EBADF: no');
  });
});
