import { expect } from 'chai';
import type { LookupAddress } from 'node:dns';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { outboundPolicy } from '../../../../src/infrastructure/security/outbound-policy.ts';
import { isPublicAddress } from '../../../../src/infrastructure/security/public-address.ts';
import type { ResolveAll } from '../../../../src/infrastructure/security/remembered-addresses.ts';
import { refused } from '../../../support/provider-access.ts';

const resolvesTo =
  (...addresses: readonly string[]): ResolveAll =>
  (_name, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
const resolvesNothing: ResolveAll = (_name, callback) =>
  callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);

const strict = (resolveAll: ResolveAll = resolvesTo('142.250.74.106')) =>
  outboundPolicy({ allowPrivate: false, resolveAll });

describe('outbound policy', () => {
  const PRIVATE = [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
    '2001:0:7f00:1::1',
    '2001:db8::1',
    '100::1',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    'not an address',
  ];
  for (const address of PRIVATE)
    it(`holds ${address} for no public address`, () => expect(isPublicAddress(address)).to.equal(false));

  const PUBLIC = [
    '8.8.8.8',
    '142.250.74.106',
    '2a00:1450:4010:c0f::5f',
    '::ffff:8.8.8.8',
    '2002:808:808::1',
    '64:ff9b::808:808',
  ];
  for (const address of PUBLIC)
    it(`holds ${address} for a public address`, () => expect(isPublicAddress(address)).to.equal(true));

  const REFUSED = [
    'maps.googleapis.com',
    'ftp://example.org',
    'file:///etc/passwd',
    'http://example.org',
    'https://user@example.org',
    'https://user:secret@example.org',
    'https://example.org/?a=b',
    'https://example.org/?',
    'https://example.org/#top',
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0177.0.0.1',
    'https://[::1]/maps',
    'https://[::ffff:10.0.0.1]',
    'https://localhost:8443',
    'https://db.localhost.',
    'https://１２７.0.0.1',
    'https://@example.org',
    'https://:@example.org',
    // URL parsers correct these silently; code that appends a path to the text does not, and other parsers differ.
    'https://example.org ',
    ' https://example.org',
    'https://example.org\n',
    'https://exa\tmple.org',
    'https://example.org\\@10.0.0.1',
    'https:example.org',
    'https:///example.org',
    'https://example.org/a b',
    'https://example.org/"',
    'https://example.org/%zz',
    '',
  ];
  for (const url of REFUSED)
    it(`refuses to store ${JSON.stringify(url)}`, async () => {
      const { kind, detail } = refused(await strict().check(url));
      expect(kind).to.equal('base-url-refused');
      expect(detail).to.not.contain('secret');
    });

  it('stores a public address, with a path and a port', async () => {
    const taken = [
      'https://maps.googleapis.com/maps/api',
      'https://8.8.8.8:8443/x',
      'HTTPS://a_b.org/%D0%B0@/',
    ];
    for (const url of [...taken, 'https://[2a00:1450:4010:c0f::5f]/'])
      expect(isRight(await strict().check(url)), url).to.equal(true);
  });

  it('refuses a name if any of its addresses is private', async () => {
    const mixed = strict(resolvesTo('8.8.8.8', '10.0.0.1'));
    expect(refused(await mixed.check('https://example.org')).detail).to.contain('not public');
  });

  it('stores a name that does not resolve: it is judged again on every connect', async () => {
    expect(isRight(await strict(resolvesNothing).check('https://later.example.org'))).to.equal(true);
  });

  it('allows private addresses and plain http when told to, and still nothing that is no base URL', async () => {
    const open = outboundPolicy({ allowPrivate: true, resolveAll: resolvesTo('10.0.0.1') });
    for (const url of ['http://127.0.0.1:9000/maps', 'https://gateway.internal', 'http://[::1]:1'])
      expect(isRight(await open.check(url)), url).to.equal(true);
    for (const url of ['ftp://127.0.0.1', 'http://a:b@127.0.0.1', 'http://127.0.0.1/?x=1'])
      expect(isRight(await open.check(url)), url).to.equal(false);
  });

  it('judges literal addresses and plain http when connecting', () => {
    const guard = strict();
    expect(guard.connectRefusal({ secure: true, host: '10.0.0.1' })).to.be.a('string');
    expect(guard.connectRefusal({ secure: false, host: 'example.org' })).to.be.a('string');
    expect(guard.connectRefusal({ secure: true, host: 'example.org' })).to.equal(undefined);
    expect(guard.connectRefusal({ secure: true, host: '8.8.8.8' })).to.equal(undefined);
    const open = outboundPolicy({ allowPrivate: true });
    expect(open.connectRefusal({ secure: false, host: '127.0.0.1' })).to.equal(undefined);
  });

  describe('when an agent looks a name up', () => {
    const lookup = (resolveAll: ResolveAll, options: { all?: boolean; family?: number } = {}) =>
      new Promise<{ code?: string | undefined; found?: string | LookupAddress[] }>((resolve) => {
        strict(resolveAll).lookup('example.org', options, (error, found) =>
          resolve(error === null ? { found } : { code: error.code }),
        );
      });

    it('gives one address or all, of the family asked', async () => {
      const both = resolvesTo('8.8.8.8', '2a00:1450::1');
      expect(await lookup(both)).to.deep.equal({ found: '8.8.8.8' });
      expect(await lookup(both, { family: 6 })).to.deep.equal({ found: '2a00:1450::1' });
      expect((await lookup(both, { all: true })).found).to.have.length(2);
      expect(await lookup(resolvesTo('8.8.8.8'), { family: 6 })).to.deep.equal({ code: 'ENOTFOUND' });
    });

    it('refuses all if one is private, so a name cannot be turned after it was stored', async () => {
      expect(await lookup(resolvesTo('8.8.8.8', '127.0.0.1'), { all: true })).to.deep.equal({
        code: 'ERR_OUTBOUND_REFUSED',
      });
    });

    it('passes on that a name is unknown', async () => {
      expect(await lookup(resolvesNothing)).to.deep.equal({ code: 'ENOTFOUND' });
    });
  });
});
