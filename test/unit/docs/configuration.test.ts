import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { configFrom } from '../../../src/infrastructure/config/config.ts';

type Row = { readonly name: string; readonly type: string; readonly standard: string };

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const rows: readonly Row[] = [
  ...page.matchAll(/^\|\s*`([A-Z][A-Z0-9_]*)`\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|.*\|$/gm),
].map(([, name = '', type = '', standard = '']) => ({ name, type, standard }));

/** The names that the configuration asks its environment for. */
const askedNames = (): readonly string[] => {
  const names = new Set<string>();
  configFrom(
    new Proxy(
      {},
      {
        get: (_, name) => {
          names.add(String(name));
          return undefined;
        },
      },
    ),
  );
  return [...names].toSorted();
};

/** With all that some values of some variables need besides. */
const everythingConfigured = {
  DATABASE_URL: 'postgresql://localhost/x',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET: 'a secret of thirty-two characters or more',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
};
const accepts = (name: string, value: number): boolean =>
  isRight(configFrom({ ...everythingConfigured, [name]: String(value) }));

/** What is configured, apart from whether the tenant was named or assumed. */
const configured = (environment: Readonly<Record<string, string>>): unknown => {
  const read = configFrom(environment);
  return isRight(read) ? read.right : read.left;
};

describe('page of the configuration', () => {
  it('has one row for every variable that is read, and none besides', () => {
    expect(rows.map(({ name }) => name).toSorted()).to.deep.equal(askedNames());
  });

  it('speaks of no variable that does not exist', () => {
    const spokenOf = [...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, name = '']) => name);
    const known = askedNames();
    expect(spokenOf.filter((name) => !known.includes(name))).to.deep.equal([]);
  });

  for (const { name, standard } of rows) {
    const value = /^`(.+)`$/.exec(standard)?.[1];
    if (value === undefined) continue;
    it(`gives the default of ${name}: setting it to ${value} changes nothing`, () => {
      expect(configured({ [name]: value })).to.deep.equal(configured({}));
    });
  }

  for (const { name, type } of rows) {
    const [, from, to] = /^integer, (\d+) to (\d+)$/.exec(type) ?? [];
    if (from === undefined || to === undefined) continue;
    it(`gives the range of ${name}: ${from} and ${to} are accepted, what lies beyond is not`, () => {
      expect([Number(from), Number(to)].every((value) => accepts(name, value))).to.equal(true);
      expect([Number(from) - 1, Number(to) + 1].some((value) => accepts(name, value))).to.equal(false);
    });
  }

  it('gives a range for every integer and a default for every switch', () => {
    expect(rows.filter(({ type }) => type.startsWith('integer')).length).to.be.greaterThan(10);
    for (const { name, type, standard } of rows) {
      if (type.startsWith('integer')) expect(type, name).to.match(/^integer, \d+ to \d+$/);
      if (type === 'true or false') expect(standard, name).to.match(/^`(true|false)`$/);
    }
  });
});
