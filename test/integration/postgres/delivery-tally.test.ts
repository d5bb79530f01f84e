import { expect } from 'chai';
import { right } from '../../../src/domain/shared/fp.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { postgresDeliveryTally } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-tally.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { A_WEBHOOK_SECRET, aBareWebhook } from '../../support/a-webhook.ts';
import { aContext, anId, NOON } from '../../support/an-external-service.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('what is counted of deliveries', () => {
  const { database } = migratedDatabase();
  const hooks = ['a', 'b'].map((letter, n) =>
    aBareWebhook({
      id: anId(900 + n),
      name: letter,
      address: { hash: letter.repeat(64), hint: letter.repeat(8), previous: undefined },
      secrets: [{ ...A_WEBHOOK_SECRET, id: anId(910 + n), version: 1 }],
    }),
  );
  const read = async (text: string): Promise<readonly unknown[]> =>
    (await database().pool.query({ text, rowMode: 'array' })).rows;

  it('is counted for each webhook and each secret by itself, and for an old address whatever came of it', async () => {
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    for (const hook of hooks)
      await unitOfWork.run(aContext(), async (tx) => right(await tx.webhooks.add(hook)));
    const tally = postgresDeliveryTally({
      database: database(),
      onFailed: (error) => expect.fail(String(error)),
    });
    const counted = (hook: 0 | 1, accepted: boolean, toPreviousAddress: boolean): void =>
      tally.count({
        webhookId: anId(900 + hook),
        accepted,
        at: NOON,
        toPreviousAddress,
        secretVersion: accepted ? 1 : undefined,
      });
    counted(0, true, false);
    counted(0, true, true);
    counted(0, false, true);
    counted(1, true, false);
    await tally.flush();
    expect(
      await read(`select total_received::int, total_successful::int, total_failed::int, previous_token_uses::int
        from webhook_configs order by id`),
    ).to.deep.equal([
      [3, 2, 1, 2],
      [1, 1, 0, 0],
    ]);
    expect(await read('select match_count::int from webhook_secrets order by webhook_id')).to.deep.equal([
      [2],
      [1],
    ]);
  });
});
