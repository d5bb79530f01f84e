import { expect } from 'chai';
import { isRight, left } from '../../../../src/domain/shared/fp.ts';
import { networkFrom, wholeFamily } from '../../../../src/domain/webhook/sender/ip-address.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';

const wholeOf = (...texts: readonly string[]) =>
  wholeFamily(
    texts.map((text) => networkFrom(ipNotation, text)).flatMap((read) => (isRight(read) ? [read.right] : [])),
  );

describe('networks that hold every address', () => {
  for (const [text, family] of [
    ['0.0.0.0/0', 'IPv4'],
    ['::ffff:0.0.0.0/96', 'IPv4'],
    ['::/0', 'IPv6'],
  ] as const)
    it(`are refused alone: ${text} is all of ${family}`, () => {
      const detail = `admits every ${family} address: set ip_mode to off instead`;
      expect(networkFrom(ipNotation, text)).to.deep.equal(left(detail));
    });

  it('are known between them, each address counted once and each family for itself', () => {
    expect(wholeOf('0.0.0.0/1', '128.0.0.0/1', '0.0.0.0/1', '64.0.0.0/2')).to.equal('IPv4');
    expect(wholeOf('::/1', '10.0.0.0/8', '8000::/1')).to.equal('IPv6');
    expect(wholeOf('0.0.0.0/2', '0.0.0.0/1', '128.0.0.0/1')).to.equal('IPv4');
    expect(wholeOf('0.0.0.0/1', '0.0.0.0/1')).to.equal(undefined);
    expect(wholeOf('0.0.0.0/2', '0.0.0.0/1', '64.0.0.0/2')).to.equal(undefined);
    expect(wholeOf('0.0.0.0/1', '8000::/1')).to.equal(undefined);
  });
});
