import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { createWebhook } from '../../../../src/application/commands/create-webhook.ts';
import {
  rotateWebhookSecret,
  rotateWebhookToken,
} from '../../../../src/application/commands/rotate-webhook.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';
import { aWebhookInput } from '../../../support/a-webhook-input.ts';
import { aContext, OTHER_TENANT } from '../../../support/an-external-service.ts';
import { answerOf, commandFixture, failureOf } from '../../../support/command-fixture.ts';

const secrets = { secretKey: undefined, publicKey: undefined };

describe('the rotation of a webhook', () => {
  const fixture = async () => {
    const { deps } = commandFixture();
    const told: string[] = [];
    const more = { notation: ipNotation, randomBytes, webhooksChanged: () => void told.push('changed') };
    const all = { ...deps, ...more };
    const input = aWebhookInput({ sourceService: 'github' });
    const { config } = await answerOf(createWebhook(all)(aContext(), { input, secrets }));
    told.length = 0;
    return { all, told, id: config.id, version: config.version };
  };

  it('is of the version that was asked for, and of no other', async () => {
    const { all, id, version } = await fixture();
    const asked = { id, expectedVersion: version + 1, overlapSeconds: 0 };
    const failures = [
      await failureOf(rotateWebhookToken(all)(aContext(), asked)),
      await failureOf(rotateWebhookSecret(all)(aContext(), { ...asked, secrets })),
    ];
    for (const failure of failures) expect(failure).to.deep.include({ kind: 'version-changed' });
    const right = { ...asked, expectedVersion: version };
    const { config } = await answerOf(rotateWebhookSecret(all)(aContext(), { ...right, secrets }));
    expect(config).to.deep.include({ id, version: version + 1 });
    expect(config.secrets.map(({ state }) => state)).to.deep.equal(['current', 'previous']);
  });

  it('is of a webhook of its own tenant', async () => {
    const { all, id, version } = await fixture();
    const asked = { id, expectedVersion: version, overlapSeconds: 0 };
    const failure = await failureOf(rotateWebhookToken(all)(aContext(OTHER_TENANT), asked));
    expect(failure).to.have.property('kind', 'not-found');
  });

  it('is told to this process when it is stored, so that nobody reads the old one after it', async () => {
    const { all, told, id, version } = await fixture();
    const run: typeof all.unitOfWork.run = async (ctx, work) => {
      const outcome = await all.unitOfWork.run(ctx, work);
      told.push('stored');
      return outcome;
    };
    const asked = { id, expectedVersion: version, overlapSeconds: 0 };
    await answerOf(rotateWebhookToken({ ...all, unitOfWork: { run } })(aContext(), asked));
    expect(told).to.deep.equal(['stored', 'changed']);
  });
});
