import { expect } from 'chai';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../../support/debian-program.ts';
import { testFolder } from '../../support/test-folder.ts';

/** Knows the package from its second update on, and another one holds the lock of its lists before that. */
const aptOfAFreshMachine = (folder: string): string => `#!/bin/sh
case "$*" in
*update*) mkdir ${folder}/seen-locked 2>/dev/null && { echo 'E: Unable to lock directory /var/lib/apt/lists/' >&2; exit 100; }
  touch ${folder}/lists ;;
*install*) [ -e ${folder}/lists ] || { echo 'E: Unable to locate package' >&2; exit 100; }
  printf '#!/bin/sh\necho wanted 1.0\n' > ${folder}/wanted-program; chmod +x ${folder}/wanted-program ;;
esac
`;

describe('A program of Debian that a test wants', () => {
  const path = process.env['PATH'];
  let folder: Awaited<ReturnType<typeof testFolder>>;
  const apt = (script: string): void => {
    writeFileSync(join(folder.path, 'apt-get'), script);
    chmodSync(join(folder.path, 'apt-get'), 0o755);
  };
  beforeEach(async () => {
    folder = await testFolder();
    process.env['PATH'] = `${folder.path}:${path}`;
  });
  afterEach(() => {
    process.env['PATH'] = path;
    folder.remove();
  });

  it('is installed although another one held the lock of the lists', async () => {
    apt(aptOfAFreshMachine(folder.path));
    expect(await debianProgram('wanted-program')).to.equal('wanted 1.0');
  });

  it('is said to be missing, with what apt said last, where apt has none', async () => {
    apt("#!/bin/sh\necho 'E: Unable to locate package' >&2; exit 100\n");
    const complaint = await debianProgram('wanted-program').catch((error: unknown) => String(error));
    expect(complaint).to.equal('Error: no wanted-program here, and E: Unable to locate package');
  });
});
