import { expect } from 'chai';
import { createSecretKey, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { isRefused } from '../../../src/domain/external-service/health-rule.ts';
import { isLeft, right } from '../../../src/domain/shared/fp.ts';
import type { IdempotencyKey } from '../../../src/domain/idempotency/idempotency-key.ts';
import type { SecretBox } from '../../../src/domain/shared/secret-box.ts';
import { postgresExternalServiceReader } from '../../../src/infrastructure/postgres/services/postgres-external-service-reader.ts';
import { postgresKeptAnswers } from '../../../src/infrastructure/postgres/idempotency/postgres-kept-answers.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { rotateKeys } from '../../../src/infrastructure/postgres/secrets/rotate-keys.ts';
import { unopenedSecrets } from '../../../src/infrastructure/postgres/secrets/unopened-secrets.ts';
import { aesGcmSecretBox } from '../../../src/infrastructure/security/aes-gcm-secret-box.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { A_WEBHOOK_SECRET, aBareWebhook } from '../../support/a-webhook.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  OTHER_TENANT,
  TENANT,
} from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const aKey = (id: string) => ({ id, secret: createSecretKey(randomBytes(32)) });
const [first, second, lost] = [aKey('k1'), aKey('k2'), aKey('lost')];
const oldBox = aesGcmSecretBox({ keys: [first], randomBytes });
const newBox = aesGcmSecretBox({ keys: [second, first], randomBytes });
const onlyNewBox = aesGcmSecretBox({ keys: [second], randomBytes });

describe('key rotation on PostgreSQL', () => {
  const { database } = migratedDatabase();
  const clock = fixedClock();
  const unitOfWork = () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => undefined });
  const stored = async (tenant: typeof TENANT, id: string) => {
    const found = await postgresExternalServiceReader({
      database: database(),
      monotonic: clock.monotonic,
      sleep: clock.sleep,
    }).byId(tenant, id);
    if (found === undefined) throw new Error(`no service ${id}`);
    return found;
  };
  const sealedService = (box: SecretBox, n: number, tenantId = TENANT) => {
    const seal = (field: string) => ({
      envelope: box.seal(`${field} of ${n}`, { tenantId, rowId: anId(n), field }),
      hint: field === 'api_key' ? `of ${n}` : '',
    });
    return anExternalService({
      id: anId(n),
      tenantId,
      serviceName: `s${n}`,
      apiKey: seal('api_key'),
      credentials: seal('credentials'),
    });
  };
  const add = (service: ReturnType<typeof anExternalService>) =>
    unitOfWork().run(aContext(service.tenantId), async (tx) => right(await tx.services.add(service)));
  const addWebhook = (id: string, envelopes: readonly { readonly id: string; readonly envelope: string }[]) =>
    unitOfWork().run(aContext(), async (tx) =>
      right(
        await tx.webhooks.add(
          aBareWebhook({
            id,
            secrets: envelopes.map(({ id: secretId, envelope }, index) => ({
              ...A_WEBHOOK_SECRET,
              id: secretId,
              version: 2 - index,
              state: index === 0 ? 'current' : 'previous',
              sealed: { envelope, hint: 'hint' },
            })),
          }),
        ),
      ),
    );

  it('reseals every secret of every tenant with the first key, so that the old one can be removed', async () => {
    await add(sealedService(oldBox, 1));
    await add(sealedService(oldBox, 2, OTHER_TENANT));
    await add(aBareService({ id: anId(3) }));
    const hookSecrets = [anId(71), anId(72)].map((id) => {
      const binding = { tenantId: TENANT, rowId: id, field: 'secret_key' };
      return { id, binding, envelope: oldBox.seal(`hook secret ${id}`, binding) };
    });
    await addWebhook(anId(70), hookSecrets);

    expect(await rotateKeys(database(), newBox)).to.deep.equal({ resealed: 6, unreadable: [] });

    for (const [n, tenantId] of [
      [1, TENANT],
      [2, OTHER_TENANT],
    ] as const) {
      const service = await stored(tenantId, anId(n));
      const bound = { tenantId, rowId: anId(n) };
      expect(onlyNewBox.open(service.apiKey?.envelope ?? '', { ...bound, field: 'api_key' })).to.deep.equal(
        right(`api_key of ${n}`),
      );
      expect(
        onlyNewBox.open(service.credentials?.envelope ?? '', { ...bound, field: 'credentials' }),
      ).to.deep.equal(right(`credentials of ${n}`));
      expect(service.apiKey?.hint).to.equal(`of ${n}`);
    }
    for (const { id, binding } of hookSecrets) {
      const { rows } = await database().pool.query(
        'select secret_key, hint from webhook_secrets where id = $1',
        [id],
      );
      expect(onlyNewBox.open(rows[0].secret_key, binding)).to.deep.equal(right(`hook secret ${id}`));
      expect(rows[0].hint).to.equal('hint');
    }
  });

  it('reseals the answers of keyed writes, so that repeats still get them', async () => {
    const request = { key: 'k' as IdempotencyKey, fingerprint: 'f' };
    const sealing = { database: database(), secretBox: oldBox, onCommitted: () => undefined };
    await postgresUnitOfWork(sealing).run(aContext(), async (tx) => {
      await tx.keys.claim(request);
      return right(await tx.keys.finish(request, 'shown'));
    });
    expect(await rotateKeys(database(), newBox)).to.deep.equal({ resealed: 1, unreadable: [] });
    expect(await postgresKeptAnswers(database(), onlyNewBox).find(TENANT, request)).to.deep.equal({
      kind: 'finished',
      answer: 'shown',
    });
  });

  it('finds answers by their index, however many keys of other writes there are', async () => {
    await database().pool.query(
      `insert into idempotency_keys (management_company_id, key, fingerprint, mark, lease_id, leased_until, sealed_answer)
       select $1, 'key ' || n, 'f', n, gen_random_uuid(), now(), case n when 1 then $2 end from generate_series(1, 5000) n`,
      [TENANT, oldBox.seal('{}', { tenantId: TENANT, rowId: 'key 1', field: 'sealed_answer' })],
    );
    await database().pool.query('analyze idempotency_keys');
    // Uses one connection: the statistics of another arrive a second late.
    const client = await database().pool.connect();
    try {
      const connect = async () => ({
        query: (text: string, values?: unknown[]) => client.query(text, values),
        release: () => undefined,
      });
      await client.query('select pg_stat_force_next_flush()');
      await client.query('select pg_stat_reset()');
      const { resealed } = await rotateKeys({ pool: { connect } as unknown as Pool }, newBox);
      await client.query('select pg_stat_force_next_flush()');
      const { rows } = await client.query(
        `select seq_tup_read::int as read from pg_stat_user_tables where relname = 'idempotency_keys'`,
      );
      expect([resealed, rows]).to.deep.equal([1, [{ read: 0 }]]);
    } finally {
      client.release();
    }
  });

  it('does nothing the second time', async () => {
    await add(sealedService(oldBox, 1));
    await rotateKeys(database(), newBox);
    const once = await stored(TENANT, anId(1));
    expect(await rotateKeys(database(), newBox)).to.deep.equal({ resealed: 0, unreadable: [] });
    expect(await stored(TENANT, anId(1))).to.deep.equal(once);
  });

  it('does not mark a service healthy whose provider refuses its key, which has not changed', async () => {
    const service = sealedService(oldBox, 1);
    await add({ ...service, healthStatus: 'degraded', refusedVersion: service.version });
    const changedSince = sealedService(oldBox, 2);
    await add({ ...changedSince, refusedVersion: changedSince.version - 1 });
    await rotateKeys(database(), newBox);
    expect(isRefused(await stored(TENANT, anId(1)))).to.equal(true);
    expect(isRefused(await stored(TENANT, anId(2)))).to.equal(false);
  });

  it('is checked at a start: which keys are missing, and for how many secrets', async () => {
    expect(await unopenedSecrets(database(), newBox)).to.deep.equal({ looked: 0, unopened: 0, keyIds: [] });
    await add(sealedService(oldBox, 1));
    await add(sealedService(aesGcmSecretBox({ keys: [lost], randomBytes }), 2, OTHER_TENANT));
    await add({ ...sealedService(newBox, 3), apiKey: { envelope: 'not an envelope', hint: '' } });
    const binding = { tenantId: TENANT, rowId: anId(71), field: 'secret_key' };
    await addWebhook(anId(70), [{ id: anId(71), envelope: oldBox.seal('hook secret', binding) }]);
    const told = { looked: 7, unopened: 3, keyIds: ['lost', 'unknown'] };
    expect(await unopenedSecrets(database(), newBox)).to.deep.equal(told);
    const wrong = aesGcmSecretBox({ keys: [{ ...first, secret: second.secret }], randomBytes });
    expect(await unopenedSecrets(database(), wrong)).to.deep.equal({
      looked: 7,
      unopened: 7,
      keyIds: ['k1', 'k2', 'lost', 'unknown'],
    });
  });

  it('reports what it cannot read, leaves it unchanged, and does the rest', async () => {
    const unknown = sealedService(aesGcmSecretBox({ keys: [lost], randomBytes }), 1);
    const half = { ...sealedService(oldBox, 2), apiKey: { envelope: 'v1.k1.damaged', hint: '' } };
    await add(unknown);
    await add(half);
    expect(await rotateKeys(database(), newBox)).to.deep.equal({
      resealed: 1,
      unreadable: [
        { id: anId(1), field: 'api_key' },
        { id: anId(1), field: 'credentials' },
        { id: anId(2), field: 'api_key' },
      ],
    });
    expect(await stored(TENANT, anId(1))).to.deep.equal(unknown);
    expect((await stored(TENANT, anId(2))).apiKey).to.deep.equal(half.apiKey);
  });

  it('handles more rows than it reads at once', async () => {
    const { pool } = database();
    await pool.query(
      `insert into external_services (id, management_company_id, service_name, service_type, provider, display_name, api_key, created_at, updated_at)
       select format('00000000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, $1, 's' || n, 'geocoding', 'google_maps', '', 'damaged', now(), now()
       from generate_series(1, 450) n`,
      [TENANT],
    );
    const { unreadable } = await rotateKeys(database(), newBox);
    expect(unreadable).to.have.lengthOf(450);
    expect(new Set(unreadable.map(({ id }) => id)).size).to.equal(450);
  });

  it('waits for a change that read the old envelope, and reseals what that wrote', async () => {
    await add(sealedService(oldBox, 1));
    const rotated = await unitOfWork().run(aContext(), async (tx) => {
      const read = await tx.services.byId(anId(1));
      if (read === undefined) throw new Error('no service');
      const rotating = rotateKeys(database(), newBox);
      await tx.services.update({ ...read, displayName: 'changed', version: read.version + 1 }, read.version);
      return right(rotating.then((outcome) => outcome.resealed));
    });
    expect(isLeft(rotated) ? undefined : await rotated.right).to.equal(2);
    const kept = await stored(TENANT, anId(1));
    expect(kept.displayName).to.equal('changed');
    expect(newBox.needsResealing(kept.apiKey?.envelope ?? '')).to.equal(false);
  });

  it('can run twice at the same time', async () => {
    for (let n = 1; n <= 20; n += 1) await add(sealedService(oldBox, n));
    const both = await Promise.all([rotateKeys(database(), newBox), rotateKeys(database(), newBox)]);
    expect(both[0].resealed + both[1].resealed).to.equal(40);
    for (let n = 1; n <= 20; n += 1) {
      const envelope = (await stored(TENANT, anId(n))).apiKey?.envelope ?? '';
      expect(
        isLeft(onlyNewBox.open(envelope, { tenantId: TENANT, rowId: anId(n), field: 'api_key' })),
      ).to.equal(false);
    }
  });
});
