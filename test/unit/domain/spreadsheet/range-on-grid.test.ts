import { expect } from 'chai';
import { formatA1 } from '../../../../src/domain/spreadsheet/format-a1.ts';
import { onGrid, rangeSize } from '../../../../src/domain/spreadsheet/range-on-grid.ts';
import { isLeft, map, pipe, right } from '../../../../src/domain/shared/fp.ts';
import { parsed } from './arbitrary-ranges.ts';

const grid = { rows: 100, columns: 5 };
const placed = (text: string) => pipe(onGrid(parsed(text), grid), map(formatA1));

describe('onGrid', () => {
  const echoes = {
    Sheet1: 'Sheet1!A1:E100',
    'A5:A': 'A5:A100',
    'B2:7': 'B2:E7',
    '3:4': 'A3:E4',
    'C3:Z999': 'C3:E100',
    'E100:Z999': 'E100',
  };

  for (const [text, echo] of Object.entries(echoes)) {
    it(`closes and cuts ${text} to ${echo}`, () => expect(placed(text)).to.deep.equal(right(echo)));
  }

  for (const text of ['F1', 'A101', 'F:F', '101:102']) {
    it(`refuses ${text}, which begins past the grid`, () => {
      const answer = placed(text);
      expect(isLeft(answer) && answer.left.kind).to.equal('off-grid');
    });
  }
});

describe('rangeSize', () => {
  it('counts rows and columns of a closed range', () => {
    expect(rangeSize(parsed('B2:D10'))).to.deep.equal({ rows: 9, columns: 3 });
    expect(rangeSize(parsed('Z9'))).to.deep.equal({ rows: 1, columns: 1 });
  });

  it('does not know the size of an open range without the grid', () => {
    for (const text of ['A:C', '2:5', 'A5:A', 'B2:7', 'Sheet1'])
      expect(rangeSize(parsed(text)), text).to.equal(undefined);
    expect(pipe(onGrid(parsed('A5:A'), grid), map(rangeSize))).to.deep.equal(right({ rows: 96, columns: 1 }));
  });
});
