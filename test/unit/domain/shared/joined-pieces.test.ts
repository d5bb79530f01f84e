import { expect } from 'chai';
import { joinedPieces } from '../../../../src/domain/shared/joined-pieces.ts';

describe('joined pieces', () => {
  it('are what was added, in its order, however many there were', () => {
    for (const count of [0, 1, 2, 1_000, 10_000]) {
      const pieces = joinedPieces();
      const all = Array.from({ length: count }, (_, at) => Buffer.from(`${at},`));
      for (const piece of all) pieces.add(piece);
      expect(pieces.whole().equals(Buffer.concat(all)), String(count)).to.equal(true);
    }
  });
});
