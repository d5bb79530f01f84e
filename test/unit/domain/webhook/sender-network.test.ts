import { expect } from 'chai';
import fc from 'fast-check';
import { senderNetwork } from '../../../../src/domain/webhook/sender/sender-network.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';

const byte = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
const half = fc.array(byte, { minLength: 8, maxLength: 8 });

describe('the network that a sender counts as', () => {
  it('is the address itself for IPv4, and for nobody', () => {
    expect(senderNetwork('203.0.113.9')).to.equal('203.0.113.9');
    expect(senderNetwork('?')).to.equal('?');
  });

  it('is written out where it contains zeros', () => {
    expect(senderNetwork('2001::1:2:3:4:5')).to.equal('2001:0:0:1::/64');
    expect(senderNetwork('::1')).to.equal('0:0:0:0::/64');
  });

  it('is the same for two addresses of IPv6 when their first 64 bits are, however they are written', () => {
    fc.assert(
      fc.property(half, half, half, half, (network, other, one, two) => {
        const written = (bits: readonly number[], rest: readonly number[]): string =>
          senderNetwork(ipNotation.write([...bits, ...rest]));
        expect(written(network, one)).to.equal(written(network, two));
        expect(written(network, one) === written(other, two)).to.equal(network.join() === other.join());
      }),
    );
  });
});
