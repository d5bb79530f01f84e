import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { createWebhook } from '../../../../src/application/commands/create-webhook.ts';
import { issueToken } from '../../../../src/application/commands/issue-token.ts';
import { registerService } from '../../../../src/application/commands/register-service.ts';
import { revokeToken } from '../../../../src/application/commands/revoke-token.ts';
import type { Scope } from '../../../../src/domain/shared/tenant-context.ts';
import { randomTokenMint } from '../../../../src/infrastructure/security/token-mint.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';
import { createWebhookBody } from '../../../../src/interfaces/wire/codecs/webhook-codecs.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { aContext, NOON, OTHER_TENANT } from '../../../support/an-external-service.ts';
import { answerOf, commandFixture, failureOf, someFields } from '../../../support/command-fixture.ts';

const fixture = () => {
  const { deps, clock } = commandFixture();
  const two = { ...deps, mostPerTenant: 2 };
  return {
    clock,
    register: registerService(two),
    issue: issueToken({ ...two, mint: randomTokenMint }),
    revoke: revokeToken({ ...two, tokensChanged: () => undefined }),
    create: createWebhook({ ...two, notation: ipNotation, randomBytes, webhooksChanged: () => undefined }),
  };
};
const service = (serviceName: string) => ({ fields: someFields({ serviceName }) });
const wish = (expiresAt?: number) => ({
  name: 'a',
  tenants: undefined,
  scopes: ['geocoding'] as readonly Scope[],
  expiresAt,
});
const webhook = (name: string) => {
  const read = createWebhookBody.decode({ webhook_name: name, source_service: 'github' });
  if (isLeft(read)) throw new Error('not reached');
  return read.right;
};

describe('a tenant that has as many as it may have', () => {
  it('gets no other service, whatever others have', async () => {
    const { register } = fixture();
    for (const name of ['a', 'b']) await answerOf(register(aContext(), service(name)));
    const full = { kind: 'tenant-full', what: 'services', most: 2 };
    expect(await failureOf(register(aContext(), service('c')))).to.deep.equal(full);
    await answerOf(register(aContext(OTHER_TENANT), service('c')));
  });

  it('gets no other webhook', async () => {
    const { create } = fixture();
    for (const name of ['a', 'b']) await answerOf(create(aContext(), webhook(name)));
    const full = { kind: 'tenant-full', what: 'webhooks', most: 2 };
    expect(await failureOf(create(aContext(), webhook('c')))).to.deep.equal(full);
  });

  it('gets another token when one has ended or is revoked', async () => {
    const { issue, revoke, clock } = fixture();
    const { stored } = await answerOf(issue(aContext(), wish()));
    await answerOf(issue(aContext(), wish(NOON + 1_000)));
    const full = { kind: 'tenant-full', what: 'service tokens', most: 2 };
    expect(await failureOf(issue(aContext(), wish()))).to.deep.equal(full);
    clock.advance(1_000);
    await answerOf(issue(aContext(), wish()));
    expect(await failureOf(issue(aContext(), wish()))).to.deep.equal(full);
    await answerOf(revoke(aContext(), { id: stored.id }));
    await answerOf(issue(aContext(), wish()));
  });
});
