import { expect } from 'chai';
import { randomInt } from 'node:crypto';
import type { IdempotencyKey } from '../../../src/domain/idempotency/idempotency-key.ts';
import {
  postgresIdempotencyKeys,
  removeOldKeys,
} from '../../../src/infrastructure/postgres/idempotency/postgres-idempotency-keys.ts';
import { asSystem, inTenant } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { openPool } from '../../../src/infrastructure/postgres/connection/open-pool.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { idempotencyKeysContract } from '../../contract/idempotency-keys.contract.ts';
import { itKeepsClaimsApart } from '../../contract/idempotency-keys.model.ts';
import { OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { cutAfterCommit } from '../../support/cut-after-commit.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const fingerprint = 'a'.repeat(64);
const named = (key: string) => ({ key: key as IdempotencyKey, fingerprint });

const LEASE_MS = 60_000;

describe('idempotency keys on PostgreSQL', () => {
  const { database, url } = migratedDatabase();
  const randomMark = (): number => randomInt(1, 2 ** 31);
  const keysOf = (pooled = database(), marks = randomMark) =>
    postgresIdempotencyKeys({ database: pooled, ids: systemIds, randomMark: marks, leaseMs: LEASE_MS });
  const asOwner = (text: string) => asSystem(database(), (session) => session.query(text));

  let otherPool: ReturnType<typeof openPool>;
  before(() => void (otherPool = openPool({ connectionString: url(), max: 4 }, () => undefined)));
  after(() => otherPool.end());
  beforeEach(() => asOwner('delete from idempotency_keys'));

  idempotencyKeysContract('postgresIdempotencyKeys', async () => ({
    replicas: [keysOf(), keysOf({ ...database(), pool: otherPool })],
    expireLeases: async () =>
      void (await asOwner(`update idempotency_keys set leased_until = now() - interval '1 second'`)),
    leaseMs: LEASE_MS,
    pass: async (ms) =>
      void (await asOwner(
        `update idempotency_keys set leased_until = leased_until - interval '${ms} milliseconds'`,
      )),
  }));

  itKeepsClaimsApart(() => {
    let passed = 0;
    return {
      keys: keysOf(),
      leaseMs: LEASE_MS,
      now: async () => {
        const { rows } = await asOwner('select extract(epoch from clock_timestamp()) * 1000 as ms');
        return Number(rows[0]?.['ms']) + passed;
      },
      pass: async (ms) => {
        passed += ms;
        await asOwner(
          `update idempotency_keys set leased_until = leased_until - ${ms} * interval '1 millisecond'`,
        );
      },
    };
  }, 60);

  it('take another mark when one is in use, even by another tenant', async () => {
    const wishes = [7, 7, 7, 8];
    const keys = keysOf(database(), () => wishes.shift() ?? 9);
    const first = await keys.claim(TENANT, named('k'));
    const second = await keys.claim(OTHER_TENANT, named('k'));
    expect([first, second].map((claim) => claim.kind === 'claimed' && claim.mark)).to.deep.equal([7, 8]);
  });

  it('give up when no mark is free, and store nothing then', async () => {
    const keys = keysOf(database(), () => 7);
    await keys.claim(TENANT, named('k'));
    const failure = await keys.claim(TENANT, named('other')).catch((error: unknown) => error);
    expect(failure).to.have.property('constraint', 'ux_idempotency_keys_mark');
    expect(await keysOf().claim(TENANT, named('other'))).to.include({ kind: 'claimed', isTakeover: false });
  });

  it('are free again when the connection broke before their claim was answered', async () => {
    const failure = await keysOf({ ...database(), pool: cutAfterCommit(database().pool) })
      .claim(TENANT, named('k'))
      .catch((error: unknown) => error);
    expect(String(failure)).to.contain('Connection terminated');
    expect(await keysOf().claim(TENANT, named('k'))).to.include({ kind: 'claimed', isTakeover: false });
  });

  it('are visible to their own tenant only', async () => {
    await keysOf().claim(TENANT, named('k'));
    const seenBy = async (tenant: typeof TENANT) =>
      (await inTenant(database(), tenant, (session) => session.query('select 1 from idempotency_keys')))
        .rowCount;
    expect([await seenBy(TENANT), await seenBy(OTHER_TENANT)]).to.deep.equal([1, 0]);
  });

  it('are used whenever somebody claims them, takes them over or finishes them', async () => {
    const keys = keysOf();
    const unusedSince2025 = () => asOwner(`update idempotency_keys set used_at = '2025-01-01T00:00:00Z'`);
    const leaseOf = async (key: string) => {
      const claim = await keys.claim(TENANT, named(key));
      if (claim.kind !== 'claimed') throw new Error(claim.kind);
      return claim.lease;
    };
    const [doubted, done] = [await leaseOf('doubted'), await leaseOf('done')];
    await keys.leaveInDoubt(doubted);
    await unusedSince2025();
    await leaseOf('doubted');
    await keys.finish(done, 'done');
    await leaseOf('new');
    expect(await removeOldKeys(database(), Date.UTC(2026, 0, 1))).to.equal(0);
    await unusedSince2025();
    expect(await removeOldKeys(database(), Date.UTC(2026, 0, 1))).to.equal(3);
  });

  it('are deleted by the time of their last use, however many they are', async () => {
    const keys = keysOf();
    for (const key of ['old', 'new']) await keys.claim(TENANT, named(key));
    for (const key of ['marked', 'marked-long-ago']) {
      const claim = await keys.claim(TENANT, { ...named(key), markPlace: 'a sheet' });
      if (claim.kind === 'claimed') await keys.finish(claim.lease, 'done');
    }
    await asOwner(`update idempotency_keys set used_at = '2025-11-01T00:00:00Z' where key = 'marked'`);
    await asOwner(
      `update idempotency_keys set used_at = '2025-09-01T00:00:00Z' where key = 'marked-long-ago'`,
    );
    await asOwner(`update idempotency_keys set used_at = '2026-11-01T00:00:00Z' where key = 'old'`);
    const many = 7_001;
    await asOwner(`insert into idempotency_keys
      (management_company_id, key, fingerprint, mark, lease_id, leased_until, used_at)
      select 'uk_company_2', n::text, 'f', 2147483647 - n, gen_random_uuid(), now(), '2026-11-01T00:00:00Z'
      from generate_series(1, ${many}) as n`);
    const both = await Promise.all([1, 2].map(() => removeOldKeys(database(), Date.UTC(2026, 10, 2))));
    expect((both[0] ?? 0) + (both[1] ?? 0)).to.equal(many + 2);
    const kinds = await Promise.all(
      ['old', 'new', 'marked', 'marked-long-ago'].map(
        async (key) => (await keys.claim(TENANT, named(key))).kind,
      ),
    );
    expect(kinds).to.deep.equal(['claimed', 'running', 'finished', 'claimed']);
  });
});
