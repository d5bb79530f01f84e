import { expect } from 'chai';
import {
  atomicPieces,
  lineOutput,
  MOST_UNREAD,
} from '../../../../src/infrastructure/telemetry/line-output.ts';

const recorded = () => {
  const written: string[] = [];
  const planned: (() => void)[] = [];
  let unread = 0;
  const output = lineOutput({
    write: (text) => written.push(text),
    later: (flush) => planned.push(flush),
    unread: () => unread,
  });
  return { output, written, planned, setUnread: (bytes: number) => void (unread = bytes) };
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

  it('keeps no more than it may for a reader that stands still, and says afterwards how many lines are lost', () => {
    const { output, written, planned, setUnread } = recorded();
    setUnread(MOST_UNREAD - 1);
    output.now('one');
    setUnread(MOST_UNREAD);
    output.now('two');
    output.soon('three');
    output.soon('four');
    planned[0]?.();
    expect(written).to.deep.equal(['one\n']);
    setUnread(0);
    output.now('five');
    output.now('six');
    const [told = '', ...rest] = written[1]?.split('\n') ?? [];
    expect(JSON.parse(told)).to.include({ level: 'warn', lines: 3 });
    expect([rest, ...written.slice(2)]).to.deep.equal([['five', ''], 'six\n']);
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
