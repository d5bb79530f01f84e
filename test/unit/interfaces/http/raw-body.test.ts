import { expect } from 'chai';
import { freeBody } from '../../../../src/interfaces/http/webhooks/raw-body.ts';

const MIB = 1024 * 1024;

describe('the memory of a body', () => {
  it('is given back at once when it is large', () => {
    const body = Buffer.allocUnsafeSlow(MIB + 1);
    freeBody(body);
    expect([body.length, body.buffer.byteLength]).to.deep.equal([0, 0]);
  });

  it('is left to the collector when it is small, since a lost group is written again', () => {
    const body = Buffer.allocUnsafeSlow(MIB).fill(7);
    freeBody(body);
    expect(body.at(-1)).to.equal(7);
  });

  it('is left alone when others have a share in it', () => {
    const whole = Buffer.allocUnsafeSlow(2 * MIB).fill(7);
    freeBody(whole.subarray(1));
    expect(whole.at(-1)).to.equal(7);
  });
});
