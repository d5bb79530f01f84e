import { expect } from 'chai';
import { rangeSize } from '../../../../src/domain/spreadsheet/range-size.ts';
import { parsed } from './arbitrary-ranges.ts';

describe('rangeSize', () => {
  it('counts rows and columns of a closed range', () => {
    expect(rangeSize(parsed('B2:D10'))).to.deep.equal({ rows: 9, columns: 3 });
    expect(rangeSize(parsed('Z9'))).to.deep.equal({ rows: 1, columns: 1 });
  });

  it('does not know the size of an open range without the grid', () => {
    for (const text of ['A:C', '2:5', 'A5:A', 'B2:7', 'Sheet1'])
      expect(rangeSize(parsed(text)), text).to.equal(undefined);
  });
});
