import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import type { DeliveryFilter } from '../../../src/domain/webhook/delivery/delivery-reader.ts';
import { decodeCursor } from '../../../src/domain/shared/cursor.ts';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import type { TenantId } from '../../../src/domain/shared/tenant-context.ts';
import { LARGE_BODY } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-ledger.ts';
import { postgresDeliveryReader } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-reader.ts';
import { postgresRejectionLog } from '../../../src/infrastructure/postgres/webhooks/postgres-rejection-log.ts';
import { postgresRejectionReader } from '../../../src/infrastructure/postgres/webhooks/postgres-rejection-reader.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { aDelivery, RECEIVED_AT, sha256 } from '../../support/a-received-delivery.ts';
import { anId, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { answerOf, failureOf } from '../../support/command-fixture.ts';
import { patientLedger } from './patient-ledger.ts';
import { mostVisits } from './most-visits.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const TWO_HOURS = 7_200_000;

describe('reading what webhooks were sent', () => {
  const { database } = migratedDatabase();
  beforeEach(() =>
    database().pool.query(
      'truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, webhook_rejections, webhook_rejection_counts',
    ),
  );

  const ledger = () => patientLedger(database());
  const reader = () => postgresDeliveryReader(database());
  const listed = async (filter: DeliveryFilter, tenant: TenantId = TENANT) =>
    (await answerOf(reader().list(tenant, filter, { limit: 50 }))).items.map(({ id }) => id);

  it('goes newest first, page by page, each delivery once', async () => {
    const store = ledger();
    // Three arrive at the same time: their ids determine the order.
    for (let n = 1; n <= 7; n += 1)
      await store.accept(aDelivery(n, { delivery: { receivedAt: RECEIVED_AT + (n > 3 ? n : 0) } }));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const position = cursor === undefined ? undefined : decodeCursor(cursor);
      if (position !== undefined && isLeft(position)) throw new Error('not a cursor');
      const asked = { limit: 2, ...(position === undefined ? {} : { after: position.right }) };
      const page = await answerOf(reader().list(TENANT, { webhookId: anId(900) }, asked));
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).to.deep.equal([7, 6, 5, 4, 3, 2, 1].map(anId));
  });

  it('treats a star in a type as the filters of webhooks do, and no other character as a pattern', async () => {
    const store = ledger();
    const types = ['issues', 'issue_comment', 'invoice.paid', '50%'];
    for (const [n, eventType] of types.entries())
      await store.accept(aDelivery(n + 1, { delivery: { eventType } }));
    const found = async (eventType: string) =>
      (await answerOf(reader().list(TENANT, { eventType }, { limit: 10 }))).items.map(
        (item) => item.eventType,
      );
    expect(await found('issue*')).to.have.members(['issues', 'issue_comment']);
    expect(await found('issues.*')).to.deep.equal(['issues']);
    expect(await found('*.paid')).to.deep.equal(['invoice.paid']);
    expect(await found('50%')).to.deep.equal(['50%']);
    expect(await found('*_comment')).to.deep.equal(['issue_comment']);
    for (const none of ['issue_', 'iss%', 'issue', '5\\\\0%', '**'])
      expect(await found(none), none).to.deep.equal([]);
  });

  it('takes a star alone for every delivery, including one whose type is unknown', async () => {
    const store = ledger();
    await store.accept(aDelivery(1, { delivery: { eventType: undefined } }));
    await store.accept(aDelivery(2, { delivery: { eventType: 'push' } }));
    expect(await listed({ eventType: '*' })).to.have.members([1, 2].map(anId));
    expect(await listed({ eventType: '*h' })).to.deep.equal([anId(2)]);
  });

  it('finds with each filter exactly the matching deliveries', async () => {
    const store = ledger();
    await store.accept(aDelivery(1));
    await store.accept(
      aDelivery(2, {
        state: 'held',
        delivery: {
          webhookId: anId(901),
          source: 'stripe',
          eventType: 'charge',
          externalId: 'evt_2',
          flags: ['id_unusable', 'address_not_listed'],
          receivedAt: RECEIVED_AT + 1_000,
        },
      }),
    );
    const filters: readonly DeliveryFilter[] = [
      { webhookId: anId(901) },
      { source: 'stripe' },
      { state: 'held' },
      { eventType: 'charge' },
      { externalId: 'evt_2' },
      { flags: ['address_not_listed'] },
      { flags: ['address_not_listed', 'id_unusable'] },
      { from: RECEIVED_AT + 1_000 },
    ];
    for (const filter of filters)
      expect(await listed(filter), JSON.stringify(filter)).to.deep.equal([anId(2)]);
    expect(await listed({ to: RECEIVED_AT + 1_000 })).to.deep.equal([anId(1)]);
    expect(await listed({ flags: ['address_not_listed', 'replay_suspect'] })).to.deep.equal([]);
    expect(await listed({ source: 'stripe', state: 'accepted' })).to.deep.equal([]);
    expect(await listed({}, OTHER_TENANT)).to.deep.equal([]);
  });

  it('shows everything kept about a delivery, and what came again under its key', async () => {
    const store = ledger();
    await store.accept(aDelivery(1));
    await store.accept(aDelivery(2, { key: 'id:guid-1', body: '{}' }));
    const found = await reader().byId(TENANT, anId(1));
    expect(found).to.deep.include({
      ...aDelivery(1).delivery,
      flags: ['other_body'],
      state: 'accepted',
      publishedAt: RECEIVED_AT,
      dedupeKeyHash: sha256('id:guid-1'),
      repeats: { times: 1, lastSeenAt: RECEIVED_AT, otherBodies: 1 },
    });
    expect(await reader().byId(OTHER_TENANT, anId(1))).to.equal(undefined);
    expect(await reader().byId(TENANT, 'no id')).to.equal(undefined);
  });

  it('flags the first one when another body came under its key, wherever flags are shown or filtered by', async () => {
    const store = ledger();
    const flags = { flags: ['address_not_listed'] } as const;
    await store.accept(aDelivery(1, { delivery: flags }));
    await store.accept(aDelivery(2, { key: 'id:guid-2' }));
    await store.accept(aDelivery(3, { key: 'id:guid-2' }));
    expect(await listed({ flags: ['other_body'] })).to.deep.equal([]);
    await store.accept(aDelivery(4, { key: 'id:guid-1', body: '{}' }));
    expect(await listed({ flags: ['other_body'] })).to.deep.equal([anId(1)]);
    expect(await listed({ flags: ['other_body', 'address_not_listed'] })).to.deep.equal([anId(1)]);
    expect(await listed({ flags: ['other_body', 'id_unusable'] })).to.deep.equal([]);
    expect(await listed({ flags: ['address_not_listed'] })).to.deep.equal([anId(1)]);
    const { items } = await answerOf(reader().list(TENANT, {}, { limit: 50 }));
    expect(items.map((item) => [item.id, item.flags])).to.deep.equal([
      [anId(2), []],
      [anId(1), ['address_not_listed', 'other_body']],
    ]);
    expect(await reader().byId(TENANT, anId(1))).to.deep.include({
      flags: ['address_not_listed', 'other_body'],
    });
  });

  describe('of which some came again with another body', () => {
    const [every, all] = [50, 3_000];
    const flagged = { webhookId: anId(900), flags: ['other_body'] } as const;
    /**
     * A hundred at the same time; every third is of another webhook, and every fiftieth came again with another body.
     */
    const plant = async () => {
      await database().pool.query(
        `insert into webhook_deliveries (id, management_company_id, webhook_id, source_service, dedupe_key_hash, body_sha256,
           raw_size, auth_method, auth_level, request_id, received_at, state, flags)
         select lpad(n::text, 32, '0')::uuid, $1, case when n % 3 = 0 then $3::uuid else $2::uuid end, 'github',
           sha256(n::text::bytea), '', 0, 'hmac', 'signed', '', $4::timestamptz - n / 100 * interval '2 hours', 'accepted',
           case when n % 100 = 0 then '{id_unusable}'::text[] else '{}' end
         from generate_series(1, $5) n`,
        [TENANT, anId(900), anId(901), new Date(RECEIVED_AT), all],
      );
      await database().pool.query(
        `insert into webhook_dedupe (webhook_id, key_hash, management_company_id, delivery_id, body_sha256, first_seen_at,
           last_seen_at, hits, other_bodies, expires_at)
         select webhook_id, dedupe_key_hash, management_company_id, id, '', received_at, received_at, 2,
           (right(id::text, 12)::int % $1 = 0)::int, received_at + interval '35 days' from webhook_deliveries`,
        [every],
      );
    };
    beforeEach(plant);
    const expected = Array.from({ length: all / every }, (_, n) => (n + 1) * every).filter(
      (n) => n % 3 !== 0,
    );
    const idOf = (n: number): string => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;
    /** Deliveries with the same time are ordered by id, the later one first. */
    const newestFirst = (numbers: readonly number[]): readonly string[] =>
      numbers.toSorted((a, b) => Math.floor(a / 100) - Math.floor(b / 100) || b - a).map(idOf);
    const walked = async (filter: DeliveryFilter, limit: number): Promise<readonly string[]> => {
      const seen: string[] = [];
      let page = await answerOf(reader().list(TENANT, filter, { limit }));
      for (;;) {
        seen.push(...page.items.map(({ id }) => id));
        if (page.nextCursor === undefined) return seen;
        const after = decodeCursor(page.nextCursor);
        if (isLeft(after)) throw new Error('not a cursor');
        page = await answerOf(reader().list(TENANT, filter, { limit, after: after.right }));
      }
    };

    it('are listed completely, each once, by every other filter as well', async () => {
      for (const limit of [1, 7, 200])
        expect(await walked(flagged, limit)).to.deep.equal(newestFirst(expected));
      const even = expected.filter((n) => n % 100 === 0);
      const both = { ...flagged, flags: ['id_unusable', 'other_body'] } as const;
      expect(await walked(both, 7)).to.deep.equal(newestFirst(even));
      const from = RECEIVED_AT - 10 * TWO_HOURS;
      const [recent, old] = [expected.filter((n) => n < 1_100), expected.filter((n) => n >= 1_100)];
      expect(await walked({ ...flagged, from }, 7)).to.deep.equal(newestFirst(recent));
      expect(await walked({ ...flagged, to: from }, 7)).to.deep.equal(newestFirst(old));
      expect(await walked({ ...flagged, state: 'held' }, 7)).to.deep.equal([]);
      expect(await walked({ flags: flagged.flags }, 7)).to.have.length(all / every);
    });

    it('are found without reading the others, and without reading more of them than a page', async () => {
      await database().pool.query('analyze webhook_deliveries, webhook_dedupe');
      const after = { at: RECEIVED_AT - 15 * TWO_HOURS, id: idOf(all) };
      for (const page of [{ limit: 5 }, { limit: 5, after }]) {
        const most = await mostVisits(database().pool, (pool) =>
          postgresDeliveryReader({ pool }).list(TENANT, flagged, page),
        );
        expect(most).to.be.within(6, 12);
      }
    });
  });

  it('reads the rows of a page, not all, where the number of matches cannot be estimated', async () => {
    const all = 2_000;
    await database().pool.query(
      `insert into webhook_deliveries (id, management_company_id, webhook_id, source_service, event_type, flags, body_sha256,
         raw_size, auth_method, auth_level, request_id, received_at, state)
       select gen_random_uuid(), $1, $2, 'github', case when n % 2 = 0 then 'issues' else 'push' end, '{id_unusable}', '',
         0, 'hmac', 'signed', '', $3::timestamptz - n * interval '1 minute', 'accepted' from generate_series(1, $4) n`,
      [TENANT, anId(900), new Date(RECEIVED_AT), all],
    );
    await database().pool.query('analyze webhook_deliveries');
    // Row-level security hides the statistics from conditions with patterns and lists.
    const filters = [{ eventType: 'issue*' }, { flags: ['id_unusable'] }] as const;
    for (const filter of filters) {
      const most = await mostVisits(database().pool, (pool) =>
        postgresDeliveryReader({ pool }).list(TENANT, { webhookId: anId(900), ...filter }, { limit: 50 }),
      );
      expect(most, JSON.stringify(filter)).to.be.within(51, 110);
    }
  });

  it('reports that there is too much to read, not that the database is unavailable', async () => {
    await ledger().accept(aDelivery(1));
    const tables = ['webhook_deliveries', 'webhook_rejections', 'webhook_rejection_counts'];
    const trouble = [
      `create function in_vain() returns boolean language plpgsql as $$
        begin raise exception 'canceled' using errcode = 'query_canceled'; end $$`,
      `insert into webhook_rejections (id, management_company_id, webhook_id, rejected_at, reason, method, request_id)
        values ('${anId(1)}', '${TENANT}', '${anId(900)}', now(), 'stale', 'POST', 'r')`,
      `insert into webhook_rejection_counts values ('${anId(900)}', now(), '${TENANT}', 1)`,
      ...tables.map(
        (table) => `create policy in_vain on ${table} as restrictive for select using (in_vain())`,
      ),
    ];
    for (const sql of trouble) await database().pool.query(sql);
    try {
      const tooLong = { kind: 'trail-too-long' };
      const [ofOne, page] = [{ webhookId: anId(900) }, { limit: 1 }];
      const rejections = postgresRejectionReader(database());
      expect(await failureOf(reader().list(TENANT, ofOne, page))).to.deep.equal(tooLong);
      expect(await failureOf(rejections.list(TENANT, ofOne, page))).to.deep.equal(tooLong);
      expect(await failureOf(rejections.unlisted(TENANT, ofOne))).to.deep.equal(tooLong);
    } finally {
      await database().pool.query('drop function in_vain cascade');
    }
  });

  it('returns bodies byte for byte, large ones in pieces', async () => {
    const store = ledger();
    const bodies = [
      Buffer.alloc(0),
      Buffer.from([0, 255, 0xc3, 0x28, 10, 13, 0]),
      Buffer.from('{"n":12345678901234567890,"r":1.0}'),
      randomBytes(300 * 1024),
      randomBytes(3 * LARGE_BODY + 17),
    ];
    for (const [index, body] of bodies.entries()) await store.accept(aDelivery(index + 1, { body }));
    for (const [index, body] of bodies.entries()) {
      const found = await reader().bodyOf(TENANT, anId(index + 1));
      const pieces: Uint8Array[] = [];
      for await (const piece of found?.pieces() ?? []) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(body), `body ${index}`).to.equal(true);
      expect(found?.size).to.equal(body.length);
      expect(Math.max(0, ...pieces.map(({ length }) => length))).to.be.at.most(LARGE_BODY);
    }
    expect(await reader().bodyOf(OTHER_TENANT, anId(1))).to.equal(undefined);
  });

  it('reports that a part of a body was deleted meanwhile', async () => {
    await ledger().accept(aDelivery(1, { body: randomBytes(2 * LARGE_BODY) }));
    const found = await reader().bodyOf(TENANT, anId(1));
    await database().pool.query('delete from webhook_body_parts where part = 1');
    const read = async () => {
      for await (const piece of found?.pieces() ?? []) expect(piece.length).to.be.greaterThan(0);
    };
    expect(await read().catch((error: unknown) => String(error))).to.contain('a body went while it was read');
  });

  it('lists refusals newest first, and counts those without a row', async () => {
    const log = postgresRejectionLog({
      database: database(),
      ids: systemIds,
      onFailed: (error) => expect.fail(String(error)),
    });
    const at = Math.floor(RECEIVED_AT / 60_000) * 60_000;
    for (let n = 0; n < 65; n += 1)
      log.note({
        tenantId: TENANT,
        webhookId: anId(900),
        rejectedAt: at + n,
        reason: n % 2 === 0 ? 'signature-mismatch' : 'too-large',
        detail: n % 2 === 0 ? { header: 'x-hub-signature-256' } : { limitBytes: 5 },
        clientAddress: undefined,
        method: 'POST',
        headers: { 'user-agent': 'x' },
        bodySha256: n % 2 === 0 ? sha256('b') : undefined,
        size: n % 2 === 0 ? 1 : undefined,
        requestId: `request-${n}`,
      });
    await log.flush();
    const rejections = postgresRejectionReader(database());
    const all = await answerOf(rejections.list(TENANT, { webhookId: anId(900) }, { limit: 100 }));
    expect(all.items).to.have.length(60);
    expect(all.items[0]).to.deep.include({
      reason: 'too-large',
      detail: { limitBytes: 5 },
      rejectedAt: at + 59,
      bodySha256: undefined,
      size: undefined,
    });
    expect(all.items[1]).to.deep.include({
      bodySha256: sha256('b'),
      size: 1,
      headers: { 'user-agent': 'x' },
    });
    const some = { webhookId: anId(900), reason: 'too-large', from: at + 10, to: at + 20 };
    const page = await answerOf(rejections.list(TENANT, some, { limit: 3 }));
    expect(page.items.map(({ rejectedAt }) => rejectedAt - at)).to.deep.equal([19, 17, 15]);
    expect(page.nextCursor).to.be.a('string');
    expect(await answerOf(rejections.unlisted(TENANT, some))).to.equal(5);
    expect(await answerOf(rejections.unlisted(TENANT, { webhookId: anId(900), from: at + 60_000 }))).to.equal(
      0,
    );
    expect(await answerOf(rejections.unlisted(OTHER_TENANT, { webhookId: anId(900) }))).to.equal(0);
    expect((await answerOf(rejections.list(OTHER_TENANT, some, { limit: 3 }))).items).to.deep.equal([]);
  });
});
