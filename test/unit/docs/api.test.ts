import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { scopes } from '../../../src/domain/shared/tenant-context.ts';
import { TENANT_CLAIMS } from '../../../src/infrastructure/security/jose-administrator-verifier.ts';
import { sourceServices } from '../../../src/domain/webhook/scheme/signature-scheme.ts';
import { problemTable } from '../../../src/interfaces/wire/problem-table.ts';
import { TENANT } from '../../support/an-external-service.ts';
import { startHttpServer } from '../../support/with-http-server.ts';

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

  it('shows a sibling service a call that works as it stands', async () => {
    const [, example = ''] = /^```js\n([^]+?)^```$/m.exec(page) ?? [];
    const server = await startHttpServer();
    // Its types are those of JavaScript's own constructor, which has no name.
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    const environment = { INTEGRATION_URL: server.url, INTEGRATION_TOKEN: 'geocoding' };
    const call = (address: string, token = 'geocoding') =>
      AsyncFunction(
        'process',
        'companyId',
        'address',
        `${example}\nreturn place;`,
      )({ env: { ...environment, INTEGRATION_TOKEN: token } }, TENANT, address) as Promise<
        { readonly latitude: number } | undefined
      >;
    try {
      expect((await call('Ташкент'))?.latitude).to.be.a('number');
      expect(await call('nowhere')).to.equal(undefined);
      const refused = await call('Ташкент', 'logs:read').catch((error: Error) => error.message);
      expect(refused).to.match(/^forbidden: .+, request \S+$/);
    } finally {
      await server.http.close(0);
    }
  });

  it('names every claim of a JWT that opens tenants, in the order in which they count', () => {
    const [row = ''] = /^\| administrator .+$/m.exec(page) ?? [];
    const named = [...row.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name);
    expect(named).to.deep.equal([...TENANT_CLAIMS]);
  });

  it('names every scope of a token and every source of webhooks', () => {
    const missing = [...scopes, ...sourceServices].filter((word) => !page.includes(`\`${word}\``));
    expect(missing).to.deep.equal([]);
  });
});
