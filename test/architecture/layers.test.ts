import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { layers } from './layers.ts';
import { violationsOf } from './violations.ts';

const sources = globSync('src/**/*.ts');
const mustFail = globSync('test/architecture/must-fail/**/*.ts');

/** First line of a must-fail file: where it pretends to stand, and what must be said of it. */
const HEADER = /^\/\/ as (\S+): (.+)$/m;

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
    const source = readFileSync(file, 'utf8');
    const [, place, expected] = HEADER.exec(source) ?? [];
    it(`reports ${file.replace('test/architecture/must-fail/', '')}`, () => {
      expect(violationsOf(String(place), source)).to.deep.equal([expected]);
    });
  }

  it('has a must-fail file for each kind of rule', () => {
    expect(mustFail.length).to.be.greaterThan(9);
  });
});
