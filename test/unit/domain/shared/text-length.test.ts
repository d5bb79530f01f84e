import { expect } from 'chai';
import { isLongerThan } from '../../../../src/domain/shared/text-length.ts';

const FACE = '😀';

describe('the length of a text', () => {
  it('is that of its characters, whatever their size', () => {
    const texts = ['', 'abc', 'где', FACE.repeat(3), `a${FACE}b`];
    expect(texts.map((text) => isLongerThan(text, 3))).to.deep.equal(texts.map(() => false));
    const longer = ['abcd', 'домы', FACE.repeat(4), `ab${FACE}c`, 'x'.repeat(100)];
    expect(longer.map((text) => isLongerThan(text, 3))).to.deep.equal(longer.map(() => true));
  });

  it('counts half of a pair as a character, as JSON Schema does', () => {
    const half = FACE.slice(0, 1);
    expect(isLongerThan(half.repeat(3), 3)).to.equal(false);
    expect(isLongerThan(half.repeat(4), 3)).to.equal(true);
  });

  it('leaves room only for the empty text where the limit is zero', () => {
    expect(isLongerThan('', 0)).to.equal(false);
    expect(isLongerThan('a', 0)).to.equal(true);
  });
});
