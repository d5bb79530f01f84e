import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { namesTakenBy, valuesGivenBy } from './imports-of.ts';

const textOf = (file: string): string => readFileSync(file, 'utf8');

/** `file#name` of everything that the files take from each other. */
const takenBy = (files: readonly string[]): ReadonlySet<string> =>
  new Set(
    files.flatMap((file) =>
      namesTakenBy(textOf(file)).map(
        ([module, name]) => `${posix.normalize(posix.join(posix.dirname(file), module))}#${name}`,
      ),
    ),
  );

const timesNamed = (source: string, name: string): number =>
  source.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;

/** What a file exports and nobody takes, itself included. */
const idle = (file: string, source: string, taken: ReadonlySet<string>): readonly string[] =>
  valuesGivenBy(source)
    .filter((name) => !taken.has(`${file}#${name}`) && !taken.has(`${file}#*`))
    .filter((name) => timesNamed(source, name) < 2)
    .map((name) => `${file}#${name}`);

describe('What the sources export', () => {
  it('is seen where it is idle, and only there', () => {
    const source =
      'export const a = 1;\nexport const b = a;\nexport { c, d } from "./other.ts";\nexport type E = 1;';
    expect(idle('x.ts', source, new Set(['x.ts#d']))).to.deep.equal(['x.ts#b', 'x.ts#c']);
    expect(idle('x.ts', source, new Set(['x.ts#*']))).to.deep.equal([]);
    expect(namesTakenBy('import { a as b } from "./x.ts"; import("./x.ts");')).to.deep.equal([
      ['./x.ts', 'a'],
      ['./x.ts', '*'],
    ]);
  });

  it('is used by more than their tests', () => {
    const taken = takenBy(globSync('{src,sandbox,bench,scripts,migrations}/**/*.ts'));
    const found = globSync('src/**/*.ts').flatMap((file) => idle(file, textOf(file), taken));
    expect(found).to.deep.equal([]);
  });
});
