import { expect } from 'chai';
import type { Pool } from 'pg';
import type { ServiceToken } from '../../../src/domain/access/service-token.ts';
import { decodeCursor } from '../../../src/domain/shared/cursor.ts';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import { postgresServiceTokenFinder } from '../../../src/infrastructure/postgres/access/postgres-service-token-finder.ts';
import { postgresServiceTokenReader } from '../../../src/infrastructure/postgres/access/postgres-service-token-reader.ts';
import { anId, aServiceToken, NOON, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { inUnitOf, migratedDatabase } from './postgres-fixture.ts';

describe('service tokens on PostgreSQL', () => {
  const { database } = migratedDatabase();
  const clock = fixedClock();
  const reader = () => postgresServiceTokenReader(database());
  const finder = () =>
    postgresServiceTokenFinder({ database: database(), monotonic: clock.monotonic, sleep: clock.sleep });
  const inUnit = inUnitOf(database);
  const add = (...tokens: readonly ServiceToken[]) =>
    inUnit(async (tx) => {
      for (const token of tokens) await tx.tokens.add(token);
    });

  for (const token of [aServiceToken(), aServiceToken({ expiresAt: undefined, scopes: [] })])
    it(`are read as they were stored, ${token.scopes.length} scopes`, async () => {
      await add(token);
      expect(await reader().byId(TENANT, token.id)).to.deep.equal(token);
      expect(await reader().list(TENANT, { limit: 1 })).to.deep.equal({
        items: [token],
        nextCursor: undefined,
      });
      expect(await finder().byHash(token.hash)).to.deep.equal(token);
    });

  it('are not found, listed or revoked by another tenant', async () => {
    const token = aServiceToken();
    await add(token);
    expect(await reader().byId(OTHER_TENANT, token.id)).to.equal(undefined);
    expect((await reader().list(OTHER_TENANT, { limit: 10 })).items).to.deep.equal([]);
    expect(await inUnit((tx) => tx.tokens.revoke(token.id, NOON), OTHER_TENANT)).to.equal(false);
    expect(await reader().byId(TENANT, token.id)).to.deep.equal(token);
  });

  it('are revoked once; unknown ids and texts that are not ids revoke nothing', async () => {
    await add(aServiceToken());
    const revoke = (id: string) => inUnit((tx) => tx.tokens.revoke(id, NOON + 5));
    const outcomes = await Promise.all([
      revoke(anId(101)),
      revoke(anId(101)),
      revoke(anId(102)),
      revoke('no-uuid'),
    ]);
    expect(outcomes.filter(Boolean)).to.deep.equal([true]);
    expect(await reader().byId(TENANT, anId(101))).to.deep.equal(aServiceToken({ revokedAt: NOON + 5 }));
    expect(await reader().byId(TENANT, 'no-uuid')).to.equal(undefined);
  });

  it('are listed newest first, page by page, none skipped and none twice', async () => {
    const tokens = Array.from({ length: 7 }, (_, n) =>
      aServiceToken({ id: anId(n + 1), hash: String(n).repeat(64), createdAt: NOON + Math.floor(n / 3) }),
    );
    await add(...tokens);
    const first = await reader().list(TENANT, { limit: 4 });
    const cursor = decodeCursor(first.nextCursor ?? '');
    if (isLeft(cursor)) throw new Error('our own cursor was refused');
    const second = await reader().list(TENANT, { limit: 4, after: cursor.right });
    expect([...first.items, ...second.items]).to.deep.equal(tokens.toReversed());
    expect(second.nextCursor).to.equal(undefined);
  });

  it('are looked up by hash at most once a second, including unknown ones', async () => {
    const cached = finder();
    const hash = 'b'.repeat(64);
    expect(await cached.byHash(hash)).to.equal(undefined);
    await add(aServiceToken({ hash }));
    expect(await cached.byHash(hash)).to.equal(undefined);
    clock.advance(1_000);
    expect(await cached.byHash(hash)).to.deep.equal(aServiceToken({ hash }));
    await inUnit((tx) => tx.tokens.revoke(anId(101), NOON));
    expect((await cached.byHash(hash))?.revokedAt).to.equal(undefined);
    clock.advance(1_000);
    expect((await cached.byHash(hash))?.revokedAt).to.equal(NOON);
  });

  it('are looked up together: guesses use one connection at a time, however many come at once', async () => {
    const hashOf = (n: number): string => String(n).padStart(64, '0');
    await add(aServiceToken({ hash: hashOf(200) }));
    let questions = 0;
    const counted = {
      connect: () => {
        questions += 1;
        return database().pool.connect();
      },
    } as unknown as Pool;
    const cached = postgresServiceTokenFinder({ ...clock, database: { pool: counted } });
    const found = await Promise.all(Array.from({ length: 300 }, (_, n) => cached.byHash(hashOf(n))));
    expect(found.filter((token) => token !== undefined)).to.deep.equal([
      aServiceToken({ hash: hashOf(200) }),
    ]);
    expect(questions).to.equal(2);
  });

  it('are known as revoked at once in the process that revoked them', async () => {
    const cached = finder();
    await add(aServiceToken());
    expect((await cached.byHash(aServiceToken().hash))?.revokedAt).to.equal(undefined);
    await inUnit((tx) => tx.tokens.revoke(anId(101), NOON));
    cached.forgetAll();
    expect((await cached.byHash(aServiceToken().hash))?.revokedAt).to.equal(NOON);
  });
});
