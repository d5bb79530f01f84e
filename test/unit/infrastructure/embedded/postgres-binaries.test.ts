import { chmod, chown, mkdir, readFile, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { embeddedBinaries } from '../../../../src/infrastructure/embedded/postgres-binaries.ts';
import { testFolder } from '../../../support/test-folder.ts';

const NOBODY = 65_534;
const links = [
  { source: 'native/lib/libexample.so.6.18', target: 'native/lib/libexample.so' },
  { source: 'native/lib/libexample.so.6.18', target: 'native/lib/libexample.so.6' },
];

/** Root may write anywhere, so it drops its privileges for the duration of `work`. */
const asOrdinaryUser = async <A>(work: () => Promise<A>): Promise<A> => {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
};

describe('embeddedBinaries', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let native = '';
  let spare = '';

  beforeEach(async () => {
    folder = await testFolder();
    native = join(folder.path, 'native');
    const ownPlace = join(folder.path, 'own');
    spare = join(ownPlace, 'libraries');
    await mkdir(join(native, 'lib'), { recursive: true });
    await mkdir(ownPlace);
    await writeFile(join(native, 'lib', 'libexample.so.6.18'), 'library');
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    if (process.geteuid?.() === 0) await chown(ownPlace, NOBODY, NOBODY);
    await chmod(folder.path, 0o755);
  });
  afterEach(async () => {
    await chmod(join(native, 'lib'), 0o755);
    folder.remove();
  });

  it('restores the library links of the package, however often it is called', async () => {
    const all = await Promise.all([embeddedBinaries(spare, native), embeddedBinaries(spare, native)]);
    all.push(await embeddedBinaries(spare, native));
    expect(all).to.deep.equal(all.map(() => ({ folder: join(native, 'bin') })));
    expect(await readlink(join(native, 'lib', 'libexample.so.6'))).to.equal('libexample.so.6.18');
    expect(await readdir(join(native, 'lib'))).to.have.lengthOf(3);
  });

  it('leaves a package without a list of links alone', async () => {
    const plain = join(folder.path, 'plain');
    await mkdir(plain);
    expect(await embeddedBinaries(spare, plain)).to.deep.equal({ folder: join(plain, 'bin') });
  });

  it('makes the links elsewhere when the package may not be written', async () => {
    await chmod(join(native, 'lib'), 0o555);
    const found = await asOrdinaryUser(() => embeddedBinaries(spare, native));
    expect(found).to.deep.equal({
      folder: join(native, 'bin'),
      libraryPath: `${spare}:${join(native, 'lib')}`,
    });
    expect(await readFile(join(spare, 'libexample.so'), 'utf8')).to.equal('library');
    expect(await asOrdinaryUser(() => embeddedBinaries(spare, native))).to.deep.equal(found);
  });
});
