import { expect } from 'chai';
import { lineOutput } from '../../../../src/infrastructure/telemetry/line-output.ts';

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
