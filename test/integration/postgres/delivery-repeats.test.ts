import { expect } from 'chai';
import type { Pool, PoolClient, Submittable } from 'pg';
import type { DeliveryState } from '../../../src/domain/webhook/delivery/received-delivery.ts';
import { postgresDeliveryReader } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-reader.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { aDelivery, RECEIVED_AT, sha256 } from '../../support/a-received-delivery.ts';
import { anId, TENANT } from '../../support/an-external-service.ts';
import { patientLedger } from './patient-ledger.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const TEN_MINUTES = 600_000;

describe('repeats of deliveries', () => {
  const { database } = migratedDatabase(6);
  beforeEach(() =>
    database().pool.query('truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, outbox_messages'),
  );

  const ledger = (change: Parameters<typeof patientLedger>[1] = {}) => patientLedger(database(), change);
  /** `times seen/of these with another body`, the oldest claim first. */
  const seen = async (): Promise<readonly string[]> => {
    const text = `select hits || '/' || other_bodies as seen from webhook_dedupe order by first_seen_at, key_hash`;
    return (await queryAsSystem<{ seen: string }>(database(), text, [])).rows.map((row) => row.seen);
  };

  it('are counted the same when they arrive at once as when they arrive one after the other', async () => {
    const store = ledger();
    const come = (from: number, count: number, body: string) =>
      Promise.all(
        Array.from({ length: count }, (_, n) => store.accept(aDelivery(from + n, { key: 'id:one', body }))),
      );
    await come(1, 5, '{"n":1}');
    expect(await seen()).to.deep.equal(['5/0']);
    await Promise.all([come(10, 2, '{"n":1}'), come(20, 3, '{"n":2}')]);
    expect(await seen()).to.deep.equal(['10/3']);
    await come(30, 1, '{"n":1}');
    expect(await seen()).to.deep.equal(['11/3']);
  });

  it('tell when the last of them came, whichever of them was stored last', async () => {
    for (const [n, seconds] of [0, 9, 5].entries())
      await ledger().accept(
        aDelivery(n + 1, { key: 'id:one', delivery: { receivedAt: RECEIVED_AT + seconds * 1_000 } }),
      );
    const text = 'select last_seen_at from webhook_dedupe';
    const { rows } = await queryAsSystem<{ last_seen_at: Date }>(database(), text, []);
    expect(rows.map(({ last_seen_at: at }) => at.getTime())).to.deep.equal([RECEIVED_AT + 9_000]);
  });

  for (const [when, isCommitted] of [
    ['before its commit', false],
    ['after it', true],
  ] as const)
    it(`are counted once when the connection of their group was lost ${when}`, async () => {
      await ledger().accept(aDelivery(1));
      const later = { delivery: { receivedAt: RECEIVED_AT + 1 } };
      const store = ledger({ groupPool: losingFirst(database().pool, isCommitted) });
      const answers = await Promise.all([
        store.accept(aDelivery(2, { ...later, key: 'id:guid-1' })),
        store.accept(aDelivery(3, { ...later, key: 'id:guid-1' })),
        store.accept(aDelivery(4, later)),
        store.accept(aDelivery(5, { ...later, key: 'id:guid-4' })),
      ]);
      expect(answers.map(({ kind }) => kind)).to.deep.equal(['repeated', 'repeated', 'stored', 'repeated']);
      expect(await seen()).to.deep.equal(['3/0', '2/0']);
      const outbox = await database().pool.query('select from outbox_messages');
      expect(outbox.rowCount).to.equal(2);
    });

  it('do not count for an event that takes over an expired claim', async () => {
    const store = ledger();
    const keyHash = sha256('same');
    const first = { keyHash, until: RECEIVED_AT + TEN_MINUTES };
    await store.accept(aDelivery(1, { claim: first }));
    await store.accept(aDelivery(2, { claim: first, body: '{"another":true}' }));
    expect(await seen()).to.deep.equal(['2/1']);
    const late = { receivedAt: RECEIVED_AT + TEN_MINUTES };
    const second = { keyHash, until: RECEIVED_AT + 2 * TEN_MINUTES };
    expect((await store.accept(aDelivery(3, { claim: second, delivery: late }))).kind).to.equal('stored');
    expect(await seen()).to.deep.equal(['1/0']);
    await store.accept(aDelivery(4, { claim: second, delivery: late }));
    expect(await seen()).to.deep.equal(['2/0']);
  });

  describe('of filtered deliveries', () => {
    const bodyClaim = { keyHash: sha256('body'), until: RECEIVED_AT + 100 * TEN_MINUTES };
    const one = (n: number, state: DeliveryState = 'accepted') =>
      aDelivery(n, { key: 'id:one', state, bodyClaim, delivery: { receivedAt: RECEIVED_AT + n } });
    const repeatOf = (n: number) => ({ kind: 'repeated', firstId: anId(n), isOtherBody: false });
    const STORED = { kind: 'stored', isSuspect: false };
    const published = async (): Promise<number | null> =>
      (await database().pool.query('select from outbox_messages')).rowCount;

    it('are new events once their type is wanted, since nobody was told of them', async () => {
      const store = ledger();
      expect(await store.accept(one(1, 'filtered'))).to.deep.equal(STORED);
      expect(await store.accept(one(2, 'filtered'))).to.deep.equal(repeatOf(1));
      expect(await store.accept(one(3))).to.deep.equal(STORED);
      for (const [n, state] of [
        [4, 'accepted'],
        [5, 'filtered'],
        [6, 'held'],
      ] as const)
        expect(await store.accept(one(n, state)), state).to.deep.equal(repeatOf(3));
      expect(await published()).to.equal(1);
    });

    it('are suspicious under another id, with a body that came before', async () => {
      await ledger().accept(one(1, 'filtered'));
      await ledger().accept(one(2));
      const other = await ledger().accept(aDelivery(3, { key: 'id:other', bodyClaim }));
      expect(other).to.deep.equal({ kind: 'stored', isSuspect: true });
    });

    it('are new only once, also at two replicas at the same time and after a lost connection', async () => {
      await ledger().accept(one(1, 'filtered'));
      const lossy = ledger({ groupPool: losingFirst(database().pool, true) });
      const answers = await Promise.all([lossy.accept(one(2)), ledger().accept(one(3))]);
      expect(answers.map(({ kind }) => kind)).to.have.members(['stored', 'repeated']);
      expect(await published()).to.equal(1);
      expect((await ledger().accept(one(4))).kind).to.equal('repeated');
    });

    it('are repeats after a replay published the original', async () => {
      await ledger().accept(one(1, 'filtered'));
      await database().pool.query(`update webhook_deliveries set state = 'accepted'`);
      expect(await ledger().accept(one(2))).to.deep.equal(repeatOf(1));
    });

    it('are predicted correctly by a trial', async () => {
      const reader = postgresDeliveryReader(database());
      const holder = (isFiltered: boolean) =>
        reader.claimedBy(TENANT, anId(900), { keyHash: sha256('id:one'), at: RECEIVED_AT, isFiltered });
      await ledger().accept(one(1, 'filtered'));
      expect([await holder(true), await holder(false)]).to.deep.equal([anId(1), undefined]);
      await ledger().accept(one(2));
      expect([await holder(true), await holder(false)]).to.deep.equal([anId(2), anId(2)]);
    });
  });
});

const LOST = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** A pool whose first connection is lost, after or before its statement was carried out. */
const losingFirst = (pool: Pool, isCommitted: boolean): Pick<Pool, 'connect'> => {
  let isLost = false;
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    if (isLost) return client;
    isLost = true;
    const query = (statement: Submittable & { callback: (error: Error | null) => void }): void => {
      const { callback } = statement;
      statement.callback = (error) => callback(error ?? LOST);
      if (isCommitted) client.query(statement);
      else callback(LOST);
    };
    return { query, release: () => client.release() } as unknown as PoolClient;
  };
  return { connect: connect as Pool['connect'] };
};
