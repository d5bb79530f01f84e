import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { welcome } from '../../../../src/interfaces/console/welcome.ts';

const aWelcome = (change: Partial<Parameters<typeof welcome>[0]> = {}): string =>
  welcome({
    host: '127.0.0.1',
    port: 8006,
    tenant: 'uk_company_1',
    projectFolder: '/srv/gateway',
    embeddedDataDir: '/srv/gateway/.data',
    ...change,
  });
const curlLine = (text: string): string => text.split('\n').find((line) => line.startsWith('curl ')) ?? '';

/** The line as a shell interprets it: `curl` and `npm` print their arguments. */
const understood = (line: string, shell: readonly string[] = ['sh']): readonly string[] => {
  const programs = `curl() { printf '%s\\n' "$@"; }; npm() { printf '%s|' "$DATA_DIR" "$@"; }; `;
  const [program = '', ...options] = shell;
  return execFileSync(program, [...options, '-c', programs + line], { encoding: 'utf8' }).split('\n');
};
/** Like zsh by default, it refuses a word that looks like a pattern and matches no file. */
const STRICT = ['bash', '-O', 'failglob'];

describe('The welcome', () => {
  for (const [host, url] of [
    ['127.0.0.1', 'http://127.0.0.1:8006'],
    ['localhost', 'http://localhost:8006'],
    ['0.0.0.0', 'http://127.0.0.1:8006'],
    ['::', 'http://127.0.0.1:8006'],
    ['::1', 'http://[::1]:8006'],
  ] as const)
    it(`tells the address of ${host} so that it can be asked: ${url}`, () => {
      const text = aWelcome({ host });
      expect(text).to.contain(`listens on ${url}  (documentation: ${url}/docs)`);
      expect(URL.canParse(url)).to.equal(true);
      for (const shell of [['sh'], STRICT])
        expect(understood(curlLine(text), shell)).to.include(`${url}/geocoding/geocode`);
    });

  it('prints a line that a shell understands, wherever the project and the data are', () => {
    const folders = { projectFolder: "/home/o'brien/my gateway", embeddedDataDir: '/tmp/$HOME `id` "x"' };
    const args = understood(curlLine(aWelcome(folders)));
    expect(args).to.include(
      `Authorization: Bearer ${folders.embeddedDataDir}|--prefix|${folders.projectFolder}|run|--silent|token|--|--tenant|uk_company_1|--admin|`,
    );
  });

  it('offers no credentials of an operator’s own database', () => {
    const text = aWelcome({ embeddedDataDir: undefined });
    expect(text).to.contain('http://127.0.0.1:8006/docs');
    expect(text).to.not.match(/curl|token/i);
  });
});
