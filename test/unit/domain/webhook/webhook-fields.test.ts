import { expect } from 'chai';
import {
  MOST_BODY_BYTES,
  webhookFields,
  type WebhookFields,
  type WebhookInput,
} from '../../../../src/domain/webhook/webhook-fields.ts';
import { sourceServices } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';
import { aWebhookInput } from '../../../support/a-webhook-input.ts';

const MIB = 1024 * 1024;
const read = (change: Partial<WebhookInput>) => webhookFields(ipNotation, aWebhookInput(change));
const fields = (change: Partial<WebhookInput>): WebhookFields => read(change).fields;
const pointers = (change: Partial<WebhookInput>): readonly string[] =>
  read(change).problems.map(({ pointer }) => pointer);

describe('the fields of a webhook', () => {
  it('take their defaults where nothing is said', () => {
    expect(read({})).to.deep.equal({
      fields: {
        name: 'payments',
        sourceService: 'stripe',
        sourceServiceId: undefined,
        status: 'active',
        eventTypes: [],
        ipMode: 'off',
        ipAllowlist: [],
        maxBodyBytes: MIB,
        overflow: 'reject',
        publicUrl: undefined,
        scheme: undefined,
        response: undefined,
      },
      problems: [],
    });
  });

  it('give GitHub alone 25 MiB, and a spool for what it would not send again', () => {
    for (const sourceService of sourceServices) {
      const expected = sourceService === 'github' ? [25 * MIB, 'spool'] : [MIB, 'reject'];
      const { maxBodyBytes, overflow } = fields({ sourceService });
      expect([maxBodyBytes, overflow], sourceService).to.deep.equal(expected);
    }
  });

  it('are what is said, where something is', () => {
    const said = { maxBodyBytes: MOST_BODY_BYTES, overflow: 'reject', ipMode: 'observe' } as const;
    expect(fields({ sourceService: 'github', ...said })).to.include(said);
    expect(fields({ sourceServiceId: 'id' })).to.include({ sourceServiceId: 'id' });
  });

  it('name each type of event once', () => {
    expect(fields({ eventTypes: ['push', 'ping', 'push'] }).eventTypes).to.deep.equal(['push', 'ping']);
  });
});

describe('the status of a webhook', () => {
  it('may be said in short', () => {
    expect(fields({ isActive: true }).status).to.equal('active');
    expect(fields({ isActive: false }).status).to.equal('disabled');
  });

  for (const [status, isActive] of [
    ['active', undefined],
    ['active', true],
    ['paused', undefined],
    ['paused', false],
    ['disabled', false],
  ] as const)
    it(`may be ${status} with is_active ${isActive ?? 'left out'}`, () => {
      expect(fields({ status, isActive }).status).to.equal(status);
      expect(pointers({ status, isActive })).to.deep.equal([]);
    });

  for (const [status, isActive] of [
    ['active', false],
    ['paused', true],
    ['disabled', true],
  ] as const)
    it(`may not be ${status} with is_active ${isActive}`, () =>
      expect(pointers({ status, isActive })).to.deep.equal(['/is_active']));
});

describe('the scheme of a webhook', () => {
  const scheme = { kind: 'hmac', signature_header: 'X-Sig' };

  it('is required from a custom source, and from nobody else', () => {
    expect(pointers({ sourceService: 'custom' })).to.deep.equal(['/scheme']);
    expect(pointers({ sourceService: 'custom', scheme })).to.deep.equal([]);
    expect(pointers({ sourceService: 'stripe', scheme })).to.deep.equal(['/scheme']);
    expect(fields({ sourceService: 'stripe', scheme }).scheme).to.equal(undefined);
  });

  it('is read by its own rules', () => {
    expect(fields({ sourceService: 'custom', scheme }).scheme).to.include({
      kind: 'hmac',
      signatureHeader: 'x-sig',
    });
    expect(pointers({ sourceService: 'custom', scheme: { kind: 'hmac' } })).to.deep.equal([
      '/scheme/signature_header',
    ]);
  });

  it('may sign the URL where that is known', () => {
    const signsUrl = { sourceService: 'custom', scheme: { ...scheme, template: '{url}|{body}' } } as const;
    expect(pointers(signsUrl)).to.deep.equal(['/scheme/template']);
    expect(pointers({ ...signsUrl, publicUrl: 'https://hooks.example.test/in' })).to.deep.equal([]);
  });
});

describe('the public URL of a webhook', () => {
  it('is required from Twilio, which signs it, and from nobody else', () => {
    for (const sourceService of sourceServices)
      expect(pointers({ sourceService }).includes('/public_url'), sourceService).to.equal(
        sourceService === 'twilio',
      );
  });

  const prefix = 'https://hooks.example.test/';
  for (const [words, publicUrl] of [
    ['with the token and a query', 'https://hooks.example.test/in/{token}?a=1&b=%20'],
    ['without encryption and on a port', 'http://127.0.0.1:8080/in'],
    ['with an @ behind the host', 'https://hooks.example.test/@me?to=a@b.test'],
    ['in capital letters', 'HTTPS://HOOKS.EXAMPLE.TEST/IN'],
    ['of 2,048 characters', prefix.padEnd(2_048, 'x')],
  ] as const)
    it(`may be one ${words}`, () => {
      expect(pointers({ publicUrl })).to.deep.equal([]);
      expect(fields({ publicUrl }).publicUrl).to.equal(publicUrl);
    });

  for (const [words, publicUrl] of [
    ['is empty', ''],
    ['has no scheme', 'hooks.example.test/in'],
    ['is not of the web', 'ftp://hooks.example.test/in'],
    ['has another in front', ' https://hooks.example.test/in'],
    ['has a blank', 'https://hooks.example.test/in out'],
    ['has a line end', 'https://hooks.example.test/in\n'],
    ['has letters that a parser would encode', 'https://hooks.example.test/вход'],
    ['has slashes that a parser would turn', 'https://hooks.example.test\\in'],
    ['has no host where it should stand', 'https:///hooks.example.test/in'],
    ['no parser takes', 'https://[::1/in'],
    ['names a user', 'https://user@hooks.example.test/in'],
    ['holds a password', 'https://:password@hooks.example.test/in'],
    ['names an empty user', 'https://@hooks.example.test/in'],
    ['has an empty user and an empty password', 'https://:@hooks.example.test/in'],
    ['has a fragment', 'https://hooks.example.test/in#part'],
    ['has an empty fragment', 'https://hooks.example.test/in#'],
    ['is longer than 2,048 characters', prefix.padEnd(2_049, 'x')],
  ] as const)
    it(`may not be one that ${words}`, () => expect(pointers({ publicUrl })).to.deep.equal(['/public_url']));
});

describe('the allowlist of a webhook', () => {
  it('is enforced where it is given, unless something else is said', () => {
    const ipAllowlist = ['203.0.113.7'];
    expect(fields({ ipAllowlist }).ipMode).to.equal('enforce');
    for (const ipMode of ['off', 'observe', 'enforce'] as const)
      expect(fields({ ipAllowlist, ipMode }).ipMode).to.equal(ipMode);
  });

  it('may be empty where nobody is refused by it', () => {
    for (const ipMode of ['off', 'observe'] as const) expect(pointers({ ipMode })).to.deep.equal([]);
    expect(pointers({ ipMode: 'enforce' })).to.deep.equal(['/ip_allowlist']);
    expect(pointers({ ipMode: 'enforce', ipAllowlist: ['10.0.0.0/8'] })).to.deep.equal([]);
  });

  it('names each network once, in its canonical form', () => {
    const ipAllowlist = ['10.0.0.0/8', '2001:DB8::/32', 'github', '10.0.0.0/8', '2001:db8:0::/32'];
    expect(fields({ ipAllowlist }).ipAllowlist).to.deep.equal(['10.0.0.0/8', '2001:db8::/32', 'github']);
  });

  it('reports which of its entries are invalid', () => {
    const ipAllowlist = ['nobody', '10.0.0.0/8', '10.0.0.0/99'];
    expect(pointers({ ipAllowlist })).to.deep.equal(['/ip_allowlist/0', '/ip_allowlist/2']);
    expect(fields({ ipAllowlist }).ipAllowlist).to.deep.equal(['10.0.0.0/8']);
  });

  for (const ipAllowlist of [
    ['0.0.0.0/1', '128.0.0.0/1'],
    ['0.0.0.0/1', '2001:db8::/32', '::ffff:128.0.0.0/98', '160.0.0.0/3', '192.0.0.0/2'],
    ['::/1', '203.0.113.0/24', '8000::/1'],
    ['8000::/1', '4000::/2', '::/2'],
  ])
    it(`may not mean everybody in pieces, as ${ipAllowlist.join(' ')}`, () =>
      expect(pointers({ ipAllowlist })).to.deep.equal(['/ip_allowlist']));

  for (const ipAllowlist of [
    ['0.0.0.0/1', '8000::/1'],
    ['0.0.0.0/1', '0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2'],
    ['128.0.0.0/1', '64.0.0.0/2', '0.0.0.0/3', '128.0.0.0/3'],
  ])
    it(`may mean many, as ${ipAllowlist.join(' ')}`, () =>
      expect(pointers({ ipAllowlist })).to.deep.equal([]));
});

describe('the answer of a webhook', () => {
  it('is the usual one of its source, or a success of one’s own', () => {
    expect(fields({ response: { status: 202, body: 'thanks' } }).response).to.deep.equal({
      status: 202,
      contentType: undefined,
      body: 'thanks',
    });
  });

  it('is told what is wrong with it, by its place', () => {
    expect(pointers({ response: { status: 302, extra: 1 } })).to.deep.equal([
      '/response/status',
      '/response/extra',
    ]);
  });
});
