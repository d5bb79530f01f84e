import { expect } from 'chai';
import { pointIn, pointText } from '../../../../src/domain/address/point-text.ts';

describe('a point in place of an address', () => {
  for (const [text, latitude, longitude] of [
    ['41.3, 69.24', 41.3, 69.24],
    ['-41.3 +174.8', -41.3, 174.8],
    [' 41;\t\u221269.5 ', 41, -69.5],
    ['90,180', 90, 180],
  ] as const)
    it(`is read from ${JSON.stringify(text)}`, () =>
      expect(pointIn(text)).to.deep.equal({ latitude, longitude }));

  for (const text of [
    '',
    '41.3',
    '41.3, ',
    '91, 69',
    '41.3, 181',
    '41.3, 69.24, 5',
    '41,3 69,24',
    'дом 41, 69',
  ])
    it(`is not found in ${JSON.stringify(text)}`, () => expect(pointIn(text)).to.equal(undefined));

  it('may be 64 characters long', () => {
    const point = `41.3, 69.${'1'.repeat(55)}`;
    expect([point.length, pointText(point)]).to.deep.equal([64, point.replace(',', '')]);
    expect(pointText(`${point}1`)).to.equal(undefined);
  });
});
