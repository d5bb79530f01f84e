import { expect } from 'chai';
import { answerSizes } from '../../../../src/infrastructure/providers/google-sheets/answer-sizes.ts';

const MIB = 1024 * 1024;

describe('answers of spreadsheets in the memory of a process', () => {
  it('are as large as its heap has room for, and two of them at once', () => {
    expect(answerSizes(256 * MIB)).to.deep.equal({ one: 8 * MIB, all: 16 * MIB });
  });

  it('are no larger than 32 MiB, however much there is', () => {
    for (const heap of [1_024 * MIB, 4_288 * MIB])
      expect(answerSizes(heap)).to.deep.equal({ one: 32 * MIB, all: 64 * MIB });
  });
});
