import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { inCircles, type Imports } from './circles.ts';
import { importsOf } from './imports-of.ts';
import { confined, layers } from './layers.ts';
import { reachedFrom } from './reached.ts';
import { violationsOf } from './violations.ts';

const sources = globSync('src/**/*.ts');
const mustFail = globSync('test/architecture/must-fail/**/*.ts');

/** First line of a must-fail file: where it pretends to stand, and what must be said of it. */
const HEADER = /^\/\/ as (\S+): (.+)$/m;

const violationIn = (file: string) => {
  const source = readFileSync(file, 'utf8');
  const [, place = '', expected = ''] = HEADER.exec(source) ?? [];
  return { place, source, expected };
};

/**
 * What a violation of each rule is said to be: a folder and a package for each layer, what is refused, who is confined.
 */
const rules: readonly RegExp[] = [
  ...layers.flatMap(({ name, mayImportPackages, refusedFiles = [] }) => [
    RegExp(`^${name} may not import \\w+/.+\\.ts$`),
    ...(mayImportPackages === 'any' ? [] : [RegExp(`^${name} may not import (?!.+\\.ts$)`)]),
    ...refusedFiles.map((refused) => RegExp(`^${name} may not import ${refused}`)),
  ]),
  ...Object.keys(confined).map((name) => RegExp(`^${name}(/\\S+)? belongs to`)),
  / belongs to no layer$/,
];

/** A file's own neighbours, by their paths from the root. */
const neighboursOf = (file: string, named: readonly string[]): readonly string[] =>
  named
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.normalize(posix.join(posix.dirname(file), name)));

const parsed = new Map<string, readonly string[]>();
/** Each file is parsed once, which takes longer than all else here. */
const neighboursIn = (file: string): readonly string[] => {
  const known = parsed.get(file) ?? neighboursOf(file, importsOf(readFileSync(file, 'utf8')));
  parsed.set(file, known);
  return known;
};
const importsAmong = (files: readonly string[]): Imports =>
  new Map(files.map((file) => [file, neighboursIn(file)]));

describe('Layers', () => {
  it('sees the sources', () => {
    expect(sources.length).to.be.greaterThan(80);
    for (const { folders } of layers)
      expect(sources.some((file) => folders.some((folder) => file.startsWith(folder)))).to.equal(
        true,
        folders.join(),
      );
  });

  it('lets every file import only what its layer may', () => {
    const found = sources.flatMap((file) =>
      violationsOf(file, readFileSync(file, 'utf8')).map((problem) => `${file}: ${problem}`),
    );
    expect(found).to.deep.equal([]);
  });

  for (const file of mustFail) {
    const { place, source, expected } = violationIn(file);
    it(`reports ${file.replace('test/architecture/must-fail/', '')}`, () => {
      expect(violationsOf(place, source)).to.deep.equal([expected]);
    });
  }

  it('has a must-fail file for each rule', () => {
    const seen = mustFail.map((file) => violationIn(file).expected);
    const unproved = rules.filter((rule) => !seen.some((expected) => expected.match(rule)));
    expect(unproved).to.deep.equal([]);
  });
});

describe('Circles of files', () => {
  const circle: Imports = new Map([
    ['a.ts', ['b.ts', 'leaf.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['a.ts']],
    ['leaf.ts', []],
    ['main.ts', ['a.ts']],
  ]);

  it('are found, and nobody else in them', () => {
    expect(inCircles(circle)).to.deep.equal(['a.ts', 'b.ts', 'c.ts']);
    expect(inCircles(new Map([...circle, ['c.ts', ['leaf.ts']]]))).to.deep.equal([]);
  });

  it('are made of types as well, and of what is loaded later', () => {
    const source = `
      import type { A } from './a.ts';
      export type { B } from './b.ts';
      const later = () => import('./c.ts');
      type D = import('./d.ts').D;`;
    expect(neighboursOf('src/x.ts', importsOf(source))).to.deep.equal([
      'src/a.ts',
      'src/b.ts',
      'src/c.ts',
      'src/d.ts',
    ]);
  });

  it('are none here: of two files one can be read without the other', () => {
    expect(inCircles(importsAmong(globSync('{src,sandbox,bench,scripts}/**/*.ts')))).to.deep.equal([]);
  });
});

describe('Queries', () => {
  it('are followed over other files, round circles as well', () => {
    const imports: Imports = new Map([
      ['query.ts', ['between.ts']],
      ['between.ts', ['command.ts', 'query.ts']],
      ['beside.ts', ['query.ts']],
    ]);
    expect(reachedFrom('query.ts', imports)).to.deep.equal(['between.ts', 'command.ts']);
  });

  it('lead to no command and to no unit of work, over whatever files', () => {
    const refused = layers.find(({ name }) => name === 'queries')?.refusedFiles ?? [];
    const imports = importsAmong(sources);
    const found = sources
      .filter((file) => file.startsWith('src/application/queries/'))
      .flatMap((file) => reachedFrom(file, imports).map((reached) => `${file} leads to ${reached}`))
      .filter((told) => refused.some((one) => told.includes(` leads to ${one}`)));
    expect(refused).to.include('src/application/commands/');
    expect(found).to.deep.equal([]);
  });
});
