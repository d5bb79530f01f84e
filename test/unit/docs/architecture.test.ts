import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const firstColumn = (page: string): readonly string[] =>
  [...page.matchAll(/^\| `?([^|`]+?)`? +\|/gm)].map(([, cell = '']) => cell);

describe('pages of architecture and words', () => {
  it('name every table of the migrations', () => {
    const tables = readdirSync(new URL('migrations/', ROOT)).flatMap((file) =>
      [...read(`migrations/${file}`).matchAll(/create table (?:if not exists )?([a-z_]+)/g)].map(
        ([, table = '']) => table,
      ),
    );
    expect(tables).to.include('external_services');
    const named = firstColumn(read('docs/architecture.md'));
    const missing = tables.filter((table) => !table.endsWith('_default') && !named.includes(table));
    expect(missing).to.deep.equal([]);
  });

  it('name only files that are there', () => {
    const paths = [...read('docs/architecture.md').matchAll(/`((?:src|migrations|test)\/[^`*]*)`/g)];
    expect(paths.length).to.be.above(10);
    const gone = paths.map(([, path = '']) => path).filter((path) => !isThere(path));
    expect(gone).to.deep.equal([]);
  });

  it('explain a word once', () => {
    const words = firstColumn(read('docs/words.md'));
    expect(words).to.include('tenant');
    expect(words.filter((word, index) => words.indexOf(word) !== index)).to.deep.equal([]);
  });
});

const isThere = (path: string): boolean => {
  try {
    readdirSync(new URL(path, ROOT));
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
  }
};
