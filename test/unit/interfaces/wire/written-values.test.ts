import { expect } from 'chai';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import type { Codec } from '../../../../src/interfaces/wire/codecs/codec.ts';
import {
  appendCommand,
  batchUpdateCommand,
  writeCommand,
} from '../../../../src/interfaces/wire/codecs/sheets-write-codecs.ts';
import { decode } from '../../../../src/interfaces/wire/decode.ts';

const wrongIn = <A>(codec: Codec<A>, body: object): readonly string[] => {
  const decoded = decode(codec, { spreadsheet_id: 'abcdefghijklmnop', ...body });
  return isLeft(decoded) ? decoded.left.problems.map(({ pointer }) => pointer) : [];
};
const toAppend = (body: object) => wrongIn(appendCommand, { range: 'A1:C9', ...body });
const toWrite = (body: object) => wrongIn(writeCommand, { range: 'A1:B2', ...body });

describe('values to be written', () => {
  it('are told of all at once: a wrong cell, a row of another length, and one of nothing but null', () => {
    expect(toAppend({ values: [['a'], [null], [{}], ['b', 'c']] })).to.deep.equal([
      '/values/3',
      '/values/2/0',
      '/values/1',
    ]);
    expect(toAppend({ values: ['x', [null, null], []] })).to.have.members([
      '/values/0',
      '/values/2',
      '/values/1',
    ]);
  });

  it('report a row of nothing but null also in columns, where these have rows at all', () => {
    const columns = { major_dimension: 'COLUMNS' };
    const values = [
      ['a', null],
      [{}, null],
    ];
    expect(toAppend({ ...columns, values })).to.deep.equal(['/values/1/0', '/values']);
    expect(toAppend({ ...columns, values: [['a', null], [null]] })).to.deep.equal(['/values/1']);
  });

  it('report that they are too many for their range together with an invalid cell', () => {
    expect(toWrite({ values: [[1, 2, {}]] })).to.deep.equal(['/values/0/2', '/range']);
    expect(
      wrongIn(batchUpdateCommand, {
        data: [
          { range: 'A1:B2', values: [[1, 2, {}]] },
          { range: 'A1:B2', values: [[1]] },
        ],
      }),
    ).to.deep.equal(['/data/0/values/0/2', '/data/0/range']);
  });

  it('are not measured while their number or their direction is unknown', () => {
    expect(toWrite({ values: [[1, 2, 3], [1]] })).to.deep.equal(['/values/1']);
    expect(toWrite({ values: [[1, 2, 3]], major_dimension: 'COLUMN' })).to.deep.equal(['/major_dimension']);
    expect(toAppend({ values: [[null]], major_dimension: null })).to.deep.equal(['/major_dimension']);
  });
});
