import { expect } from 'chai';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts';
import { eventually } from '../support/until.ts';

type Health = {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly status: string }[];
};

describe('An identity provider that is unavailable', () => {
  let identity: IdentityProvider;
  let gateway: Gateway;
  before(async () => {
    identity = await startIdentityProvider();
    identity.answer(503);
    gateway = await startGateway({ JWT_JWKS_URL: identity.jwksUrl }, identity.sign);
  });
  after(async () => {
    await gateway.stop();
    await identity.close();
  });

  const health = async () => {
    const answer = await fetch(`${gateway.service().url}/health`);
    const { status, dependencies } = (await answer.json()) as Health;
    const found = dependencies.find(({ name }) => name === 'identity_provider');
    return { answered: answer.status, status, found };
  };
  const up = async (): Promise<string | undefined> =>
    /^integration_identity_provider_up (\d)$/m.exec(
      await (await fetch(`${gateway.service().url}/metrics`)).text(),
    )?.[1];
  const ready = async () => (await fetch(`${gateway.service().url}/health/ready`)).status;

  it('is reported before any administrator comes, in health, metrics and log, and affects no other caller', async () => {
    const seen = await eventually('the outage to show', async () => {
      const now = await health();
      return now.status === 'degraded' ? now : undefined;
    });
    expect(seen.answered).to.equal(200);
    expect(seen.found).to.deep.equal({
      name: 'identity_provider',
      status: 'degraded',
      required: false,
      detail: 'keys cannot be fetched, administrators get 503, the log says why',
    });
    expect(await up()).to.equal('0');
    expect(await ready()).to.equal(200);
    expect(gateway.output()).to.contain('keys of JWT_JWKS_URL cannot be fetched');
    identity.answer(200);
    const api = await gateway.administrator('uk_company_1');
    await eventually('an administrator to be let in', async () =>
      (await api.get('/services')).status === 200 ? true : undefined,
    );
    expect(await health()).to.deep.include({ answered: 200, status: 'ok' });
    expect(await up()).to.equal('1');
  });

  it('is not reported by a service whose tokens are signed with a secret', async () => {
    const plain = await startGateway();
    try {
      const text = await (await fetch(`${plain.service().url}/health`)).text();
      expect(text).to.not.contain('identity_provider');
      expect(await (await fetch(`${plain.service().url}/metrics`)).text()).to.not.contain(
        'identity_provider',
      );
    } finally {
      await plain.stop();
    }
  });
});
