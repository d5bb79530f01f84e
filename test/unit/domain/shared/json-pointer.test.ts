import { expect } from 'chai';
import fc from 'fast-check';
import { nameOfStep, pointerStep } from '../../../../src/domain/shared/json-pointer.ts';

describe('steps of a JSON pointer', () => {
  it('are written as RFC 6901 says', () => {
    expect(['a/b', 'm~n', '~1', ''].map(pointerStep)).to.deep.equal(['a~1b', 'm~0n', '~01', '']);
  });

  it('stand for the names they were made of', () => {
    const name = fc.string({ unit: fc.constantFrom('~', '/', '0', '1', 'ж'), maxLength: 12 });
    fc.assert(fc.property(name, (text) => nameOfStep(pointerStep(text)) === text));
  });

  it('repeat no more of a name than people read, and half of no letter', () => {
    expect(pointerStep('x'.repeat(1_000))).to.have.length(200);
    expect(pointerStep(`${'x'.repeat(199)}😀`)).to.equal(`${'x'.repeat(199)}\uFFFD`);
  });
});
