import { expect } from 'chai';
import { chosenParts } from '../../../bench/chosen-parts.ts';
import { left, right } from '../../../src/domain/shared/fp.ts';
import { runEntryPoint } from '../../support/service-process.ts';

const PARTS = { start: 1, limiter: 2, 'hit-rate': 3 };

describe('parts of the bench', () => {
  it('are all parts where none is named', () => {
    expect(chosenParts([], PARTS)).to.deep.equal(right([1, 2, 3]));
  });

  it('are those that are named, in their own order and once each', () => {
    expect(chosenParts(['hit-rate', 'start', 'start'], PARTS)).to.deep.equal(right([1, 3]));
  });

  it('are refused with all unknown names, and the known ones are listed', () => {
    expect(chosenParts(['limitr', 'start', 'toString'], PARTS)).to.deep.equal(
      left([
        'limitr: no such part',
        'toString: no such part',
        'usage: npm run bench [-- <part> ...]   parts: start, limiter, hit-rate',
      ]),
    );
  });

  it('make a misspelt one end the command before it measures anything', async () => {
    const { code, stdout, stderr } = await runEntryPoint('bench/main.ts', ['start', 'limitr'], {});
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^limitr: no such part\n.*parts: start, throughput, workers, /);
  });
});
