import { expect } from 'chai';
import { closingLine, failuresIn, readRun, sumOf } from '../../support/tally.ts';

describe('the sum of several runs of the tests', () => {
  it('is that of their closing lines, which are taken out', () => {
    const { said, tally } = readRun('  ✔ works\n\n3 passed, 0 failed, 1 skipped\n', 0);
    expect(said).to.equal('  ✔ works\n\n');
    expect(closingLine(sumOf(tally, { passed: 2, failed: 1, skipped: 0 }))).to.equal(
      '5 passed, 1 failed, 1 skipped\n',
    );
  });

  it('takes the last line that looks like one, and leaves what comes after it, such as a warning', () => {
    const { said, tally } = readRun(
      '1 passed, 1 failed, 0 skipped\n2 passed, 3 failed, 4 skipped\n(node) x',
      3,
    );
    expect(said).to.equal('1 passed, 1 failed, 0 skipped\n(node) x');
    expect(tally).to.deep.equal({ passed: 2, failed: 3, skipped: 4 });
  });

  it('counts one failure where a run ended badly without counting any: killed, or without a file to load', () => {
    expect(readRun('Error: no such file\n', 1).tally).to.deep.equal({ passed: 0, failed: 1, skipped: 0 });
    expect(readRun('7 passed, 0 failed, 0 skipped\n', null).tally).to.deep.equal({
      passed: 7,
      failed: 1,
      skipped: 0,
    });
  });

  it('shows mocha’s list of failures once more, or everything where there is none', () => {
    const list = '  1 failing\n\n  1) a thing\n       works:\n';
    expect(failuresIn(`  1) works\n\n  2 passing (1s)\n${list}`)).to.equal(list);
    expect(failuresIn('Error: no such file\n')).to.equal('Error: no such file\n');
  });
});
