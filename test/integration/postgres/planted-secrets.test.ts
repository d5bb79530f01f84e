import { expect } from 'chai';
import { createSecretKey, randomBytes } from 'node:crypto';
import { changeService } from '../../../src/application/commands/change-service.ts';
import { issueToken } from '../../../src/application/commands/issue-token.ts';
import { registerService } from '../../../src/application/commands/register-service.ts';
import { isLeft, right } from '../../../src/domain/shared/fp.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { aesGcmSecretBox } from '../../../src/infrastructure/security/aes-gcm-secret-box.ts';
import { randomTokenMint } from '../../../src/infrastructure/security/token-mint.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aContext, NOON, TENANT } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { sequentialIds } from '../../support/sequential-ids.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const PLANTED = 'PLANTED-api-key-7c1f0e';
const CHANGED = 'PLANTED-second-key-93ab';
const CREDENTIALS = JSON.stringify({ private_key: 'PLANTED-private-key-5d', token_uri: 'https://x.test' });

describe('planted secrets', () => {
  const { database } = migratedDatabase();

  /** Every row of every table as text, so that no column, whatever its type, is left out. */
  const tablesWith = async (text: string): Promise<readonly string[]> => {
    const { rows: tables } = await database().pool.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rowCount } = await database().pool.query(
        `select 1 from ${name} t where strpos(t::text, $1) > 0`,
        [text],
      );
      if (rowCount) found.push(name);
    }
    return found;
  };

  it('are in no column of any table after a service was registered and changed, and a token issued', async () => {
    const ids = sequentialIds();
    const clock = fixedClock(NOON);
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    const keys = [{ id: 'k1', secret: createSecretKey(randomBytes(32)) }];
    const deps = {
      unitOfWork,
      clock,
      ids,
      secretBox: aesGcmSecretBox({ keys, randomBytes }),
      outboundPolicy: { check: () => Promise.resolve(right(undefined)) },
      mostPerTenant: 10,
      servicesChanged: () => undefined,
    };
    const registered = await registerService(deps)(aContext(), {
      fields: {
        serviceName: 'the-marker',
        serviceType: 'geocoding',
        provider: 'google_maps',
        displayName: 'Google',
        baseUrl: undefined,
        apiKey: PLANTED,
        credentials: CREDENTIALS,
        config: {},
        isActive: true,
        limits: {},
        priority: 0,
        fallbackServiceId: undefined,
        costPerCall: { micros: 0, currency: 'USD' },
      },
    });
    if (isLeft(registered)) throw new Error(JSON.stringify(registered.left));
    const { id, version } = registered.right;
    const rowsHold = async (text: string) => (await tablesWith(text)).length > 0;
    expect(await tablesWith('the-marker')).to.have.members(['external_services', 'outbox_messages']);
    expect(await rowsHold('PLANTED')).to.equal(false);

    const changed = await changeService(deps)(aContext(), {
      id,
      expectedVersion: version,
      patch: { apiKey: CHANGED },
    });
    expect(isLeft(changed)).to.equal(false);
    const issued = await issueToken({ ...deps, mint: randomTokenMint })(aContext(), {
      name: 'sibling',
      tenants: [TENANT],
      scopes: ['geocoding'],
      expiresAt: undefined,
    });
    if (isLeft(issued)) throw new Error(JSON.stringify(issued.left));
    for (const secret of ['PLANTED', 'private_key', issued.right.token, issued.right.token.slice(4)])
      expect(await rowsHold(secret), secret).to.equal(false);
    expect(await tablesWith(issued.right.stored.hash)).to.deep.equal(['service_tokens']);
  });
});
