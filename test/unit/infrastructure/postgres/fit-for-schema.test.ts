import { expect } from 'chai';
import { refuseUnfit } from '../../../../src/infrastructure/postgres/fit-for-schema.ts';

const saidOf = (version: number, encoding: string): Promise<string> => {
  const query = async () => ({ rows: [{ version, name: '14.11 (Debian)', encoding }] });
  return refuseUnfit({ query } as unknown as Parameters<typeof refuseUnfit>[0]).then(
    () => 'fit',
    (error: Error) => error.message,
  );
};

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
