import { expect } from 'chai';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../../../src/domain/shared/cursor.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';

const malformed = left({ kind: 'cursor-malformed' });
const ID = '01a3f6c2-7a10-7cc3-8f6e-3b6f4a3c9d11';

describe('cursor', () => {
  it('is decoded as it was encoded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), fc.uuid(), (at, id) => {
        expect(decodeCursor(encodeCursor({ at, id }))).to.deep.equal(right({ at, id }));
      }),
    );
  });

  it('reaches from the first millisecond of 1970 to the last of 9999', () => {
    for (const at of [0, 253_402_300_799_999])
      expect(decodeCursor(encodeCursor({ at, id: ID }))).to.deep.equal(right({ at, id: ID }));
  });

  it('refuses any text it did not make', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeCursor(text)).to.deep.equal(malformed);
      }),
    );
  });

  const made = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forgeries: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a time that is no number', made(['1', ID])],
    ['a negative time', made([-1, ID])],
    ['a broken millisecond', made([1.5, ID])],
    ['a time past the year 9999', made([253_402_300_800_000, ID])],
    ['an id that is no uuid', made([1, "' or 1=1 --"])],
    ['an id in a list, whose text is a uuid', made([1, [ID]])],
    ['a third element', made([1, ID, 2])],
    ['an object', made({ at: 1, id: ID })],
    ['another spelling of the same bytes', `${encodeCursor({ at: 1, id: ID })}=`],
    ['an endless text', encodeCursor({ at: 1, id: ID }).repeat(10_000)],
  ];
  for (const [name, text] of forgeries)
    it(`refuses ${name}`, () => {
      expect(decodeCursor(text)).to.deep.equal(malformed);
    });
});
