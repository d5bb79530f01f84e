import { expect } from 'chai';
import fc from 'fast-check';
import { isUuid } from '../../../../src/domain/shared/uuid.ts';

const ID = '01a3f6c2-7a10-7cc3-8f6e-3b6f4a3c9d11';

describe('uuid', () => {
  it('knows every uuid, in either case', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect([isUuid(id), isUuid(id.toUpperCase())]).to.deep.equal([true, true]);
      }),
    );
  });

  const others: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['text before it', `x${ID}`],
    ['text behind it', `${ID}1`],
    ['a line end behind it', `${ID}\n`],
    ['braces around it', `{${ID}}`],
    ['no dashes', ID.replaceAll('-', '')],
    ['a group left out', ID.replace('-7cc3', '')],
    ['a letter past f', ID.replace('a', 'g')],
  ];
  for (const [name, text] of others) it(`refuses ${name}`, () => expect(isUuid(text)).to.equal(false));
});
