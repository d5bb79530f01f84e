import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';

/** A URL's own path has %20 for a space: no file is called so. */
const ESCAPED = /import\.meta\.url,?\s*\)\s*\.pathname/;

describe('the paths of the project’s own files', () => {
  it('lead to them in a folder of any name, with spaces and letters of any script', () => {
    const files = globSync('{src,test,bench,sandbox,scripts,migrations}/**/*.{ts,cjs}');
    expect(files.length).to.be.greaterThan(1_000);
    expect(files.filter((file) => ESCAPED.test(readFileSync(file, 'utf8')))).to.deep.equal([]);
  });
});
