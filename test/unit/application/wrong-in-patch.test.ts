import { expect } from 'chai';
import { wrongInServicePatch, wrongInWebhookPatch } from '../../../src/application/wrong-in-patch.ts';
import { ipNotation } from '../../../src/infrastructure/webhooks/ip-notation.ts';
import { commandFixture } from '../../support/command-fixture.ts';
import { aContext } from '../../support/an-external-service.ts';

const wrong = [{ pointer: '/nobody_knows', detail: 'is not known here' }];

describe('what is wrong with a patch by itself', () => {
  const service = wrongInServicePatch(commandFixture().deps);
  const webhook = wrongInWebhookPatch({ notation: ipNotation });
  const pointers = async (found: Promise<readonly { readonly pointer: string }[]>) =>
    (await found).map(({ pointer }) => pointer);

  it('are addresses that no service may have, beside what was decoded wrong', async () => {
    const patch = { baseUrl: 'https://internal.test', config: { routes_base_url: 7 }, limits: {} };
    expect(await pointers(service(aContext(), { patch, wrong }))).to.deep.equal([
      '/nobody_knows',
      '/base_url',
      '/config/routes_base_url',
    ]);
  });

  it('is nothing of a name that is not resolved at once: whoever asks has waited for the database already', async () => {
    const { deps, clock } = commandFixture();
    const check = (url: string) =>
      url.includes('slow') ? new Promise<never>(() => undefined) : deps.outboundPolicy.check(url);
    const patch = {
      baseUrl: 'https://slow.test',
      config: { routes_base_url: 'https://internal.test' },
      limits: {},
    };
    const told = wrongInServicePatch({ ...deps, outboundPolicy: { check } })(aContext(), { patch, wrong });
    await clock.run(100);
    expect(await pointers(told)).to.deep.equal(['/nobody_knows', '/config/routes_base_url']);
    expect(clock.pending()).to.equal(0);
  });

  it('is nothing of an address that is taken away', async () => {
    const patch = { baseUrl: null, config: { routes_base_url: null } };
    expect(await pointers(service(aContext(), { patch, wrong: [] }))).to.deep.equal([]);
  });

  it('is what a webhook may never have, whatever else is stored of it', async () => {
    const patch = {
      ipMode: 'enforce',
      ipAllowlist: [],
      publicUrl: 'ftp://a',
      isActive: true,
      status: 'paused',
    } as const;
    expect(await pointers(webhook(aContext(), { patch, wrong }))).to.have.members([
      '/nobody_knows',
      '/public_url',
      '/ip_allowlist',
      '/is_active',
    ]);
  });

  it('is nothing that the stored fields may yet make right', async () => {
    for (const patch of [
      { ipMode: 'enforce' },
      { ipAllowlist: null },
      { scheme: { kind: 'hmac' } },
      { response: { status: 200 } },
      { isActive: false },
      { publicUrl: null },
    ] as const)
      expect(await pointers(webhook(aContext(), { patch, wrong: [] })), JSON.stringify(patch)).to.deep.equal(
        [],
      );
  });
});
