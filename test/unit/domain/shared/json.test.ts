import { expect } from 'chai';
import { isJsonObject } from '../../../../src/domain/shared/json.ts';

describe('a JSON object', () => {
  it('has members, or none yet', () => {
    for (const object of [{}, { a: null }]) expect(isJsonObject(object)).to.equal(true);
  });

  for (const value of [null, undefined, [], [{}], '{}', 1, true])
    it(`is not ${JSON.stringify(value)}`, () => expect(isJsonObject(value)).to.equal(false));
});
