import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { createWebhook } from '../../../../src/application/commands/create-webhook.ts';
import { registerService } from '../../../../src/application/commands/register-service.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';
import { aWebhookInput } from '../../../support/a-webhook-input.ts';
import { aContext, anId } from '../../../support/an-external-service.ts';
import { commandFixture, failureOf, pointersOf, someFields } from '../../../support/command-fixture.ts';

const noSecrets = { secretKey: undefined, publicKey: undefined };

const fixture = () => {
  const { deps, unitOfWork } = commandFixture();
  const more = { notation: ipNotation, randomBytes, webhooksChanged: () => undefined };
  const away = new Error('the database is away');
  return {
    away,
    isAway: () => void (unitOfWork.before = () => Promise.reject(away)),
    register: registerService(deps),
    create: createWebhook({ ...deps, ...more }),
  };
};
const wrong = [{ pointer: '/nobody_knows', detail: 'is not known here' }];
const thrownBy = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error) => error,
  );

describe('what is wrong with something new by itself', () => {
  it('is told of a webhook while the database is away', async () => {
    const { create, isAway } = fixture();
    isAway();
    const asked = {
      input: aWebhookInput({ sourceService: 'github', ipAllowlist: ['nowhere'] }),
      secrets: noSecrets,
      wrong,
    };
    expect(pointersOf(await failureOf(create(aContext(), asked)))).to.deep.equal([
      '/nobody_knows',
      '/ip_allowlist/0',
    ]);
  });

  it('is told of a service while the database is away', async () => {
    const { register, isAway } = fixture();
    isAway();
    const fields = someFields({ baseUrl: 'https://internal.test' });
    expect(pointersOf(await failureOf(register(aContext(), { fields, wrong })))).to.deep.equal([
      '/nobody_knows',
      '/base_url',
    ]);
  });

  it('waits for the database where another service is named, so that all is told at once', async () => {
    const { create, register, isAway, away } = fixture();
    const fields = someFields({ baseUrl: 'https://internal.test', fallbackServiceId: anId(9) });
    const input = aWebhookInput({
      sourceService: 'github',
      ipAllowlist: ['nowhere'],
      sourceServiceId: anId(9),
    });
    const registered = () => register(aContext(), { fields });
    const created = () => create(aContext(), { input, secrets: noSecrets });
    expect(pointersOf(await failureOf(registered()))).to.deep.equal(['/base_url', '/fallback_service_id']);
    expect(pointersOf(await failureOf(created()))).to.deep.equal(['/ip_allowlist/0', '/source_service_id']);
    isAway();
    for (const asked of [registered(), created()]) expect(await thrownBy(asked)).to.equal(away);
  });
});
