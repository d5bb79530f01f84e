import { expect } from 'chai';
import { createSecretKey, randomBytes, randomInt } from 'node:crypto';
import type { IdempotencyKey } from '../../../src/domain/idempotency/idempotency-key.ts';
import { isLeft, left, right, type Either } from '../../../src/domain/shared/fp.ts';
import { postgresKeptAnswers } from '../../../src/infrastructure/postgres/idempotency/postgres-kept-answers.ts';
import {
  postgresIdempotencyKeys,
  removeOldKeys,
} from '../../../src/infrastructure/postgres/idempotency/postgres-idempotency-keys.ts';
import { isDependencyLost } from '../../../src/infrastructure/postgres/dependency-lost.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { aesGcmSecretBox } from '../../../src/infrastructure/security/aes-gcm-secret-box.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aContext, anExternalService, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { until } from '../../support/until.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const named = (key: string, fingerprint = 'a'.repeat(64)) => ({ key: key as IdempotencyKey, fingerprint });
const SECRET = 'ist_PLANTED-token';
const IS_WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

describe('kept answers on PostgreSQL', () => {
  const { database } = migratedDatabase(4);
  const unitOfWork = () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => undefined });
  const answers = () => postgresKeptAnswers(database(), aSecretBox);
  const leased = () =>
    postgresIdempotencyKeys({
      database: database(),
      ids: systemIds,
      randomMark: () => randomInt(1, 2 ** 31),
      leaseMs: 60_000,
    });
  const write = (
    key: string,
    meanwhile: () => Promise<Either<unknown, unknown>> = async () => right('done'),
  ) =>
    unitOfWork().run<unknown, unknown>(aContext(), async (tx) => {
      const claim = await tx.keys.claim(named(key));
      if (claim.kind !== 'claimed') return right(claim.kind);
      await tx.services.add(anExternalService());
      await tx.keys.finish(named(key), { body: SECRET });
      return meanwhile();
    });
  const rows = async () =>
    (await database().pool.query<{ row: string }>('select t::text as row from idempotency_keys t')).rows.map(
      ({ row }) => row,
    );

  it('are stored sealed, and reveal nothing of the request', async () => {
    await write('k');
    const [row = ''] = await rows();
    expect(row).to.include('v1.k1.').and.not.include(SECRET).and.not.include(named('k').fingerprint);
  });

  it('cannot be opened when copied to another key', async () => {
    await write('k');
    await database().pool.query(`update idempotency_keys set key = 'moved'`);
    const failure = await answers()
      .find(TENANT, named('moved'))
      .catch((error: unknown) => error);
    expect(String(failure)).to.match(/does not open: tampered/);
    expect(isDependencyLost(failure)).to.equal(false);
  });

  it('have to be requested again where the key that sealed them is unknown, as by replicas that get a new one in turn', async () => {
    await write('k');
    const later = { id: 'k2', secret: createSecretKey(randomBytes(32)) };
    const secretBox = aesGcmSecretBox({ keys: [later], randomBytes });
    const elsewhere = postgresUnitOfWork({ database: database(), secretBox, onCommitted: () => undefined });
    const failures = await Promise.all([
      postgresKeptAnswers(database(), secretBox)
        .find(TENANT, named('k'))
        .catch((error: unknown) => error),
      elsewhere
        .run<unknown, unknown>(aContext(), async (tx) => right(await tx.keys.claim(named('k'))))
        .catch((error: unknown) => error),
    ]);
    for (const failure of failures) {
      expect(String(failure)).to.match(/does not open: .*k1/);
      expect(isDependencyLost(failure)).to.equal(true);
    }
  });

  it('are refused at once while a transaction holds the key, whatever its outcome', async () => {
    const heard: unknown[] = [];
    const undone = await write('k', async () => {
      for (let n = 0; n < 3; n += 1) heard.push(await write('k'));
      heard.push((await answers().find(TENANT, named('k'))).kind);
      return left('changed my mind');
    });
    expect(isLeft(undone)).to.equal(true);
    expect(heard).to.deep.equal([right('running'), right('running'), right('running'), 'unknown']);
    expect(await write('k')).to.deep.equal(right('done'));
  });

  it('are told to whoever asks the same again, and to no other request under their key', async () => {
    await write('k');
    const claimOf = (fingerprint?: string) =>
      unitOfWork().run<unknown, unknown>(aContext(), async (tx) =>
        right(await tx.keys.claim(named('k', fingerprint))),
      );
    const finished = { kind: 'finished', answer: { body: SECRET } };
    expect(await claimOf()).to.deep.equal(right(finished));
    expect(await answers().find(TENANT, named('k'))).to.deep.equal(finished);
    const other = 'b'.repeat(64);
    expect(await claimOf(other)).to.deep.equal(right({ kind: 'mismatch' }));
    expect(await answers().find(TENANT, named('k', other))).to.deep.equal({ kind: 'mismatch' });
  });

  it('hold up no other tenant, which may have a key of that name in the same moment', async () => {
    const heard: unknown[] = [];
    await write('k', async () => {
      const other = unitOfWork().run<unknown, unknown>(aContext(OTHER_TENANT), async (tx) =>
        right((await tx.keys.claim(named('k'))).kind),
      );
      heard.push(await other);
      return right('done');
    });
    expect(heard).to.deep.equal([right('claimed')]);
  });

  it('are under way to whoever asked just before the key was committed by another', async () => {
    const blocker = await database().pool.connect();
    try {
      await blocker.query('begin');
      await blocker.query(
        `insert into idempotency_keys (management_company_id, key, fingerprint, lease_id, leased_until)
          values ($1, 'k', 'sealed', gen_random_uuid(), now())`,
        [TENANT],
      );
      const heard = write('k');
      await until(
        async () => (await database().pool.query(IS_WAITING)).rowCount,
        (waiting) => waiting === 1,
      );
      await blocker.query('commit');
      expect(await heard).to.deep.equal(right('running'));
    } finally {
      blocker.release(true);
    }
  });

  it('leave key and effect undone when the connection is lost before the commit', async () => {
    const lost = write('k', async () => {
      await database().pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
      );
      return right('done');
    });
    expect(await lost.catch(() => 'lost')).to.equal('lost');
    expect(await rows()).to.deep.equal([]);
    expect(await write('k')).to.deep.equal(right('done'));
  });

  it('share their keys with writes under a lease: each is a different request to the other', async () => {
    await write('here');
    expect(await leased().claim(TENANT, named('here'))).to.deep.equal({ kind: 'mismatch' });
    const claim = await leased().claim(TENANT, named('there'));
    expect(await write('there')).to.deep.equal(right('mismatch'));
    if (claim.kind === 'claimed') await leased().finish(claim.lease, 'done');
    expect(await write('there')).to.deep.equal(right('mismatch'));
    expect(await answers().find(TENANT, named('there'))).to.deep.equal({ kind: 'mismatch' });
  });

  it('are deleted as all keys are', async () => {
    await write('k');
    await database().pool.query(`update idempotency_keys set used_at = '2026-11-01T00:00:00Z'`);
    expect(await removeOldKeys(database(), Date.UTC(2026, 10, 2))).to.equal(1);
    expect(await answers().find(TENANT, named('k'))).to.deep.equal({ kind: 'unknown' });
  });
});
