import { expect } from 'chai';
import type { ReadAnswer } from '../../../../src/domain/provider/spreadsheet.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { padded } from '../../../../src/interfaces/wire/presenters/cells.ts';
import { answered } from '../../../support/provider-access.ts';

/** A few bytes from Google: many rows, with a cell only in the last. */
const nearlyEmpty = (range: string, lines: number): ReadAnswer['valueRanges'][number] => ({
  range,
  majorDimension: 'ROWS',
  values: [...Array.from({ length: lines - 1 }, () => []), ['x']],
});

describe('padded cells', () => {
  it('have the width of their range each', () => {
    const answer = answered(
      padded({ valueRanges: [nearlyEmpty('Sheet1!A1:B2', 2), nearlyEmpty('Sheet1!C5:E5', 1)] }),
    );
    expect(answer.valueRanges.map(({ values }) => values)).to.deep.equal([
      [
        ['', ''],
        ['x', ''],
      ],
      [['x', '', '']],
    ]);
  });

  it('are no more than a million in all, however many ranges are asked', () => {
    const half = nearlyEmpty('Sheet1!A1:SF1000', 1_000);
    const rest = (lines: number) => nearlyEmpty(`Sheet1!A1:A${lines}`, lines);
    expect(answered(padded({ valueRanges: [half, rest(500_000)] })).valueRanges).to.have.length(2);
    const tooMany = padded({ valueRanges: [half, rest(500_001)] });
    expect(isLeft(tooMany) && tooMany.left.problems).to.deep.equal([
      {
        pointer: '/pad',
        detail: 'at most 1000000 cells are padded; ask for smaller ranges, or fewer',
      },
    ]);
  });
});
