import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { scopes } from '../../../src/domain/shared/tenant-context.ts';
import { sourceServices } from '../../../src/domain/webhook/signature-scheme.ts';
import { problemTable } from '../../../src/interfaces/http/problem-table.ts';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const errors = page.slice(page.indexOf('## Errors'), page.indexOf('## Managing'));
/** Statuses and codes of each row of the table of errors. */
const rows = [...errors.matchAll(/^\| ([\d, ]+?) +\| (.+?) +\|/gm)].map(([, statuses = '', codes = '']) => ({
  statuses: statuses.split(', ').map(Number),
  codes: [...codes.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code),
}));

describe('page of the API', () => {
  it('names every code of a problem once, beside its status, and no other', () => {
    const named = rows.flatMap(({ codes }) => codes);
    const known = [...new Set(Object.values(problemTable).map(({ code }) => code))];
    expect(named.toSorted()).to.deep.equal(known.toSorted());
    for (const { status, code } of Object.values(problemTable))
      expect(rows.find(({ codes }) => codes.includes(code))?.statuses, code).to.include(status);
  });

  it('names every scope of a token and every source of webhooks', () => {
    const missing = [...scopes, ...sourceServices].filter((word) => !page.includes(`\`${word}\``));
    expect(missing).to.deep.equal([]);
  });
});
