import { expect } from 'chai';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { integrationEventTypes } from '../../../src/domain/shared/integration-event.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const pages = globSync(['*.md', 'docs/**/*.md', 'sandbox/*.md', 'bench/*.md'], { cwd: ROOT });
const textOf = (file: string): string => readFileSync(resolve(ROOT, file), 'utf8');

/** As GitHub makes them of headings. */
const anchorsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('The pages', () => {
  it('lead nowhere into the void, neither to files nor to headings', () => {
    expect(pages.length).to.be.greaterThan(30);
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, path = '', anchor]) => {
          const target = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
          const isThere = existsSync(resolve(ROOT, target));
          const isRight = isThere && (anchor === undefined || anchorsOf(target).includes(anchor));
          return isRight ? [] : [`${page}: ${link}`];
        },
      ),
    );
    expect(broken).to.deep.equal([]);
  });

  it('name only sources that are there, also by their last names alone', () => {
    const files = globSync('{src,test,sandbox,bench,scripts,migrations}/**/*.ts', { cwd: ROOT });
    const named = ['CONTRIBUTING.md', ...pages.filter((page) => /^docs\/[^/]+$/.test(page))].flatMap((page) =>
      [...textOf(page).matchAll(/(?<![\w*…/.-])((?:[a-z0-9-]+\/)*[a-z0-9-]+(?:\.[a-z]+)*\.ts)\b/g)].map(
        ([, name = '']) => name,
      ),
    );
    expect(named.length).to.be.greaterThan(80);
    expect(named.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).to.deep.equal([]);
  });

  it('are all found from their index, which the first page names', () => {
    const index = textOf('docs/README.md');
    const missing = pages.filter(
      (page) => /^docs\/[^/]+$/.test(page) && !page.endsWith('README.md') && !index.includes(page.slice(5)),
    );
    expect(missing).to.deep.equal([]);
    expect(textOf('README.md')).to.contain('(docs/README.md)');
  });

  it('tell of every type of event, and of no other', () => {
    const told = [...textOf('docs/events.md').matchAll(/^\| (`integration\..+?) +\|/gm)].flatMap(
      ([, cell = '']) => [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, name = '']) => name),
    );
    expect(told.toSorted()).to.deep.equal(integrationEventTypes.toSorted());
  });
});
