import { expect } from 'chai';
import { atomicPieces, lineOutput } from '../../../../src/infrastructure/telemetry/line-output.ts';

const recorded = () => {
  const written: string[] = [];
  const planned: (() => void)[] = [];
  const output = lineOutput({
    write: (text) => written.push(text),
    later: (flush) => planned.push(flush),
  });
  return { output, written, planned };
};

describe('line output', () => {
  it('writes the lines of one turn together', () => {
    const { output, written, planned } = recorded();
    output.soon('one');
    output.soon('two');
    expect(written).to.deep.equal([]);
    expect(planned).to.have.length(1);
    planned[0]?.();
    expect(written).to.deep.equal(['one\ntwo\n']);
  });

  it('keeps the order of lines that wait and lines that do not', () => {
    const { output, written, planned } = recorded();
    output.soon('one');
    output.now('two');
    expect(written).to.deep.equal(['one\ntwo\n']);
    planned[0]?.();
    expect(written).to.deep.equal(['one\ntwo\n']);
  });

  it('plans a write for lines that come after one', () => {
    const { output, written, planned } = recorded();
    output.soon('one');
    planned[0]?.();
    output.soon('two');
    planned[1]?.();
    expect(written).to.deep.equal(['one\n', 'two\n']);
  });
});

describe('pieces of text that one write takes as one', () => {
  it('are whole lines, 4,096 bytes at most, and together the text', () => {
    const text = Array.from({ length: 200 }, (_, n) => `${n} ${'я'.repeat(n)}\n`).join('');
    const pieces = atomicPieces(text);
    expect(pieces.join('')).to.equal(text);
    expect(pieces.length).to.be.lessThan(Buffer.byteLength(text) / 2_000);
    for (const piece of pieces) {
      expect(Buffer.byteLength(piece)).to.be.at.most(4_096);
      expect(piece.at(-1)).to.equal('\n');
    }
  });

  it('cut no line, however long', () => {
    const long = `${'x'.repeat(5_000)}\n`;
    expect(atomicPieces(`a\n${long}b\n`)).to.deep.equal(['a\n', long, 'b\n']);
    expect(atomicPieces('')).to.deep.equal([]);
  });
});
