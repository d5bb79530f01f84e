import { expect } from 'chai';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { BlockList, isIP } from 'node:net';
import { isLeft, isRight } from '../../../../src/domain/shared/fp.ts';
import { clientAddress } from '../../../../src/domain/webhook/sender/client-address.ts';
import {
  addressFrom,
  contains,
  networkFrom,
  networkText,
  type IpNetwork,
} from '../../../../src/domain/webhook/sender/ip-address.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';

const network = (text: string): IpNetwork => {
  const read = networkFrom(ipNotation, text);
  if (isLeft(read)) throw new Error(`${text}: ${read.left}`);
  return read.right;
};
const trusted = ['10.0.0.0/8', '127.0.0.1', 'fd00::/8', 'fe80::a'].map(network);
const client = (peer: string | undefined, ...forwardedFor: readonly string[]): string | undefined => {
  const address = clientAddress(ipNotation, trusted, { peer, forwardedFor });
  return address && ipNotation.write(address.bytes);
};

describe("a sender's address", () => {
  for (const [name, peer, headers, expected] of [
    ['is the socket’s without proxies', '203.0.113.9', [], '203.0.113.9'],
    ['is the socket’s whatever a stranger writes', '203.0.113.9', ['1.1.1.1'], '203.0.113.9'],
    ['is what the trusted proxy saw', '10.0.0.1', ['203.0.113.9'], '203.0.113.9'],
    ['is the right-most one that is no proxy', '10.0.0.1', ['6.6.6.6, 203.0.113.9, 10.9.9.9'], '203.0.113.9'],
    [
      'is not the left-most, which anybody can write',
      '10.0.0.1',
      ['192.30.252.1, 203.0.113.9'],
      '203.0.113.9',
    ],
    [
      'is read over several headers in their order',
      '10.0.0.1',
      ['6.6.6.6', '203.0.113.9', '10.2.2.2'],
      '203.0.113.9',
    ],
    ['is the left-most when all are proxies', '10.0.0.1', ['10.3.3.3, 10.2.2.2'], '10.3.3.3'],
    ['is the proxy’s own when it forwards for nobody', '10.0.0.1', [], '10.0.0.1'],
    ['is IPv4 when the socket speaks IPv6', '::ffff:203.0.113.9', [], '203.0.113.9'],
    ['is IPv4 also in hexadecimal', '::ffff:cb00:7109', [], '203.0.113.9'],
    ['is found behind a proxy that is mapped', '::ffff:10.0.0.1', ['203.0.113.9'], '203.0.113.9'],
    ['is IPv4 when the proxy writes it mapped', '10.0.0.1', ['::ffff:203.0.113.9'], '203.0.113.9'],
    ['is IPv6 with IPv4 behind two colons alone', '10.0.0.1', ['::203.0.113.9'], '::cb00:7109'],
    ['is IPv6 in canonical form', '10.0.0.1', ['2001:DB8:0:0::0001'], '2001:db8::1'],
    ['is found behind an IPv6 proxy', 'fd00::1', ['2001:db8::2'], '2001:db8::2'],
    ['loses the interface that the socket names', 'fe80::1%eth0', [], 'fe80::1'],
    ['is found behind a proxy on the link', 'fe80::a%eth0', ['203.0.113.9'], '203.0.113.9'],
    ['is unknown with an interface that a header names', '10.0.0.1', ['fe80::1%eth0'], undefined],
    ['is unknown with nothing but an interface', '%eth0', [], undefined],
    ['loses its port', '10.0.0.1', ['203.0.113.9:4711'], '203.0.113.9'],
    ['loses brackets', '10.0.0.1', ['[2001:db8::1]'], '2001:db8::1'],
    ['loses brackets and port', '10.0.0.1', ['[2001:db8::1]:443'], '2001:db8::1'],
    ['loses blanks', '10.0.0.1', [' \t203.0.113.9 '], '203.0.113.9'],
    ['loses blanks, however many', '10.0.0.1', ['  203.0.113.9 \t '], '203.0.113.9'],
    ['is known in an entry of 128 characters', '10.0.0.1', ['203.0.113.9'.padStart(128)], '203.0.113.9'],
    ['is unknown in a longer one', '10.0.0.1', ['203.0.113.9'.padStart(129)], undefined],
    ['is unknown with a blank inside', '10.0.0.1', ['203.0. 113.9'], undefined],
    ['loses the highest of all ports', '10.0.0.1', ['203.0.113.9:65535'], '203.0.113.9'],
    ['is unknown with a port above it', '10.0.0.1', ['203.0.113.9:65536'], undefined],
    ['is unknown with leading zeros', '10.0.0.1', ['203.0.113.09'], undefined],
    ['is unknown with a zone', '10.0.0.1', ['fe80::1%eth0'], undefined],
    ['is unknown when hidden', '10.0.0.1', ['unknown'], undefined],
    ['is unknown as a name', '10.0.0.1', ['client.example.test'], undefined],
    ['is unknown as a short IPv4', '10.0.0.1', ['203.113'], undefined],
    ['is unknown as a number', '10.0.0.1', ['3405803785'], undefined],
    ['is unknown as hexadecimal IPv4', '10.0.0.1', ['0xcb.0.0x71.9'], undefined],
    ['is unknown when the entry is empty', '10.0.0.1', [''], undefined],
    ['is unknown when the last entry is empty', '10.0.0.1', ['203.0.113.9,'], undefined],
    ['is unknown with a port that is none', '10.0.0.1', ['203.0.113.9:70000'], undefined],
    ['is unknown with two ports', '10.0.0.1', ['203.0.113.9:1:2'], undefined],
    ['is unknown as IPv4 in brackets', '10.0.0.1', ['[203.0.113.9]'], undefined],
    ['is unknown in half a bracket', '10.0.0.1', ['[2001:db8::1'], undefined],
    ['is unknown with a digit too many', '10.0.0.1', ['203.0.113.256'], undefined],
    ['is unknown in other digits', '10.0.0.1', ['２０３.0.113.9'], undefined],
    ['is unknown without a socket', undefined, ['203.0.113.9'], undefined],
  ] as const)
    it(name, () => expect(client(peer, ...headers)).to.equal(expected));

  it('does not depend on anything left of the entry that a trusted proxy wrote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string()),
        fc.ipV4().filter((ip) => !ip.startsWith('10.') && ip !== '127.0.0.1'),
        (junk, ip) => {
          expect(client('10.0.0.1', [...junk, ip].join(','))).to.equal(ip);
        },
      ),
    );
  });

  it('is unknown, and that at once, when blanks fill the header', () => {
    const blanks = `6.6.6.6${' '.repeat(15_000)}203.0.113.9`;
    for (let n = 0; n < 100; n += 1) expect(client('10.0.0.1', blanks)).to.equal(undefined);
  });

  it('is an address or unknown, whatever the header contains', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (peer, headers) => {
        for (const from of [peer, '10.0.0.1']) {
          const address = client(from, ...headers);
          if (address !== undefined) expect(isIP(address)).to.be.oneOf([4, 6]);
        }
      }),
    );
  });
});

describe('networks', () => {
  it('read back what they write, IPv4 and IPv6', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = addressFrom(ipNotation, text);
        if (address === undefined) throw new Error(text);
        const again = addressFrom(ipNotation, ipNotation.write(address.bytes));
        expect(again).to.deep.equal(address);
      }),
    );
  });

  it('contain what Node and ipaddr.js say they contain', () => {
    const families = fc.constantFrom('ipv4', 'ipv6');
    fc.assert(
      fc.property(
        families.chain((family) =>
          fc.record({
            family: fc.constant(family),
            base: family === 'ipv4' ? fc.ipV4() : fc.ipV6(),
            bits: fc.integer({ min: 1, max: family === 'ipv4' ? 32 : 128 }),
            flips: fc.integer({ min: 0, max: 127 }),
          }),
        ),
        ({ base, bits, flips }) => {
          const read = addressFrom(ipNotation, base);
          if (read === undefined || (read.bytes.length === 4) === base.includes(':')) return;
          const size = read.bytes.length * 8;
          const prefix = Math.min(bits, size);
          const masked = read.bytes.map(
            (byte, i) =>
              byte &
              (prefix >= (i + 1) * 8 ? 255 : prefix <= i * 8 ? 0 : (255 << (8 - (prefix - i * 8))) & 255),
          );
          const at = flips % size;
          const other = {
            bytes: read.bytes.map((byte, i) => (i === at >> 3 ? byte ^ (128 >> (at % 8)) : byte)),
          };
          const text = (bytes: readonly number[]): string => ipNotation.write(bytes);
          const mine = network(`${text(masked)}/${prefix}`);
          const list = new BlockList();
          list.addSubnet(text(masked), prefix, size === 32 ? 'ipv4' : 'ipv6');
          for (const candidate of [read, other]) {
            const isMapped = candidate.bytes.length === 16 && text(candidate.bytes).startsWith('::ffff:');
            if (isMapped) continue;
            const inside = contains(mine, candidate);
            expect(inside).to.equal(list.check(text(candidate.bytes), size === 32 ? 'ipv4' : 'ipv6'));
            expect(inside).to.equal(
              ipaddr.parse(text(candidate.bytes)).match([ipaddr.parse(text(masked)), prefix] as never),
            );
          }
        },
      ),
    );
  });

  it('of one family never contain the other', () => {
    const mapped = addressFrom(ipNotation, '::ffff:10.0.0.1');
    if (mapped === undefined) throw new Error('unreadable');
    expect(contains(network('::/1'), mapped)).to.equal(false);
    expect(contains(network('10.0.0.0/8'), mapped)).to.equal(true);
  });

  for (const [text, canonical] of [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9/32', '203.0.113.9'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::1/128', '::1'],
    ['::203.0.113.9', '::cb00:7109'],
  ] as const)
    it(`reads ${text} as ${canonical}`, () =>
      expect(networkText(ipNotation, network(text))).to.equal(canonical));

  for (const [text, says] of [
    ['0.0.0.0/0', /ip_mode to off/],
    ['::/0', /ip_mode to off/],
    ['10.1.2.3/8', /the network is 10\.0\.0\.0\/8/],
    ['2001:db8::1/64', /the network is 2001:db8::\/64/],
    ['10.0.0.0/33', /1 to 32/],
    ['::1/129', /1 to 128/],
    ['10.0.0.0/08', /1 to 32/],
    ['10.0.0.0/', /1 to 32/],
    ['10.0.0.0/-1', /1 to 32/],
    ['10.0.0.0/255.0.0.0', /1 to 32/],
    ['10.0.0.0/8/8', /such as/],
    ['10.0.0/8', /such as/],
    ['010.0.0.0/8', /such as/],
    ['fe80::1%eth0', /such as/],
    [' 10.0.0.0/8', /such as/],
    ['::ffff:0:0/96', /ip_mode to off/],
    ['::ffff:0:0/90', /write IPv4 networks as such/],
    ['', /such as/],
  ] as const)
    it(`refuses ${JSON.stringify(text)}`, () => {
      const read = networkFrom(ipNotation, text);
      expect(isRight(read)).to.equal(false);
      if (isLeft(read)) expect(read.left).to.match(says);
    });
});
