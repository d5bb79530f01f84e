import { expect } from 'chai';
import {
  refuseOtherHabits,
  refuseUnfit,
} from '../../../../src/infrastructure/postgres/connection/fit-for-schema.ts';

const said = (refuse: typeof refuseUnfit, row: object): Promise<string> =>
  refuse({ query: async () => ({ rows: [row] }) } as unknown as Parameters<typeof refuseUnfit>[0]).then(
    () => 'fit',
    (error: Error) => error.message,
  );
const saidOf = (version: number, encoding: string): Promise<string> =>
  said(refuseUnfit, { version, name: '14.11 (Debian)', encoding });

describe('a server for a first start', () => {
  it('is PostgreSQL 15 or newer, with a database in UTF-8', async () => {
    expect(await saidOf(150_000, 'UTF8')).to.equal('fit');
    expect(await saidOf(180_004, 'UTF8')).to.equal('fit');
  });

  it('is refused by its version before a migration fails over what it does not know', async () => {
    expect(await saidOf(140_011, 'UTF8')).to.match(/PostgreSQL 14\.11 \(Debian\), .*15 or newer/);
  });

  it('is refused with another encoding, in which no address of most tenants could be stored', async () => {
    for (const encoding of ['LATIN1', 'SQL_ASCII'])
      expect(await saidOf(160_000, encoding)).to.match(
        new RegExp(`encoding ${encoding}: .*encoding 'UTF8' template template0`),
      );
  });
});

describe('a server for any start', () => {
  it('is refused with a schema that the functions of ours would not look into', async () => {
    expect(await said(refuseOtherHabits, { schema: 'public' })).to.equal('fit');
    expect(await said(refuseOtherHabits, { schema: 'app' })).to.match(
      /in the schema app: its search_path .* public/,
    );
    expect(await said(refuseOtherHabits, { schema: null })).to.match(
      /in no schema: its search_path .* public/,
    );
  });

  it('writes dates in the format that the driver parses, in whatever format it reads them itself', async () => {
    for (const style of ['ISO, MDY', 'ISO, DMY', 'ISO'])
      expect(await said(refuseOtherHabits, { style }), style).to.equal('fit');
  });

  it('is refused with another style, in which every call would end in an error of ours', async () => {
    expect(await said(refuseOtherHabits, { style: 'German, DMY' })).to.match(
      /style German, DMY, .* set datestyle = 'ISO'/,
    );
  });

  it('lets a transaction that waited for a row see its new state', async () => {
    expect(await said(refuseOtherHabits, { isolation: 'read committed' })).to.equal('fit');
    for (const isolation of ['repeatable read', 'serializable'])
      expect(await said(refuseOtherHabits, { isolation })).to.match(
        new RegExp(`as ${isolation}, .* set default_transaction_isolation = 'read committed'`),
      );
  });

  it('filters rows by tenant instead of raising an error where not all are visible', async () => {
    expect(await said(refuseOtherHabits, { rows: 'on' })).to.equal('fit');
    expect(await said(refuseOtherHabits, { rows: 'off' })).to.match(
      / set row_security = on, .* of its login$/,
    );
  });

  it('writes out numbers to the 15 digits that times and costs have', async () => {
    for (const digits of ['0', '1', '3'])
      expect(await said(refuseOtherHabits, { digits }), digits).to.equal('fit');
    expect(await said(refuseOtherHabits, { digits: '-15' })).to.match(
      /rounds numbers \(extra_float_digits -15\): .* set extra_float_digits = 1,/,
    );
  });
});
