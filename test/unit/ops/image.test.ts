import { expect } from 'chai';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const textOf = (file: string): string => readFileSync(resolve(ROOT, file), 'utf8');
const dockerfile = textOf('Dockerfile');
const image = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
const sources = globSync('{src,migrations}/**/*.ts', { cwd: ROOT });

/** Of types too: what is imported for its types alone is not there at run time, and need not be. */
const importsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(/^(?:import|export)(?! type)[^;]*? from '([^']+)'|import\('([^']+)'\)/gm)].map(
    ([, one, other]) => one ?? other ?? '',
  );

describe('The image', () => {
  it('runs as a user by number, who may write to /data alone, and listens where the brief says', () => {
    expect(image).to.match(/^USER 10001:10001$/m);
    expect(image).to.match(/^VOLUME \/data$/m);
    expect(image).to.match(/^EXPOSE 8006$/m);
    expect(image).to.match(/^STOPSIGNAL SIGTERM$/m);
    // The user is named before anything that runs, builds or not.
    expect(image.indexOf('\nUSER ')).to.be.lessThan(image.indexOf('\nCMD '));
  });

  it('gives a start ten minutes for migrations, as the manifests do, before it counts as unhealthy', () => {
    const [, minutes] = /^HEALTHCHECK .*--start-period=(\d+)m /m.exec(image) ?? [];
    expect(Number(minutes)).to.be.at.least(10);
  });

  it('names what it starts and checks as files that are there', () => {
    const files = [...image.matchAll(/CMD \["node", "([^"]+)"\]/g)].map(([, file = '']) => file);
    expect(files).to.deep.equal(['src/health-check.ts', 'src/main.ts']);
    for (const file of files) expect(existsSync(resolve(ROOT, file)), file).to.equal(true);
  });

  it('has what the code imports: packages that are no tools of development, files that are copied', () => {
    const { dependencies } = JSON.parse(textOf('package.json')) as { readonly dependencies: object };
    const missing = sources.flatMap((file) =>
      importsOf(file).flatMap((name) => {
        if (name.startsWith('node:') || builtinModules.includes(name)) return [];
        if (name.startsWith('.')) {
          const target = relative(ROOT, resolve(ROOT, dirname(file), name));
          return /^(?:src\/|migrations\/|package\.json$)/.test(target) ? [] : [`${file}: ${target}`];
        }
        const parts = name.split('/');
        const packageName = name.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
        return packageName in dependencies ? [] : [`${file}: ${packageName}`];
      }),
    );
    expect(sources.length).to.be.greaterThan(100);
    expect(missing).to.deep.equal([]);
  });

  it('includes only listed files: the build context excludes everything else', () => {
    const lines = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).to.equal('*');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    expect(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))).to.have.members(copied);
  });
});
