import { expect } from 'chai';
import fc from 'fast-check';
import { isLeft, isRight, left } from '../../../../src/domain/shared/fp.ts';
import { parseEncryptionKeys } from '../../../../src/infrastructure/security/encryption-keys.ts';

const base64 = (fill: number, size = 32): string => Buffer.alloc(size, fill).toString('base64');

const problemsOf = (text: string): string[] => {
  const parsed = parseEncryptionKeys(text);
  return isLeft(parsed) ? parsed.left : [];
};

describe('parseEncryptionKeys', () => {
  it('reads one key and several, in their order, with spaces around them', () => {
    const parsed = parseEncryptionKeys(` 2026-11:${base64(1)} , old_1:${base64(2)}`);
    const read = isRight(parsed) ? parsed.right.map(({ id, secret }) => [id, secret.export()]) : [];
    expect(read).to.deep.equal([
      ['2026-11', Buffer.alloc(32, 1)],
      ['old_1', Buffer.alloc(32, 2)],
    ]);
  });

  it('takes base64 without its padding', () => {
    expect(isRight(parseEncryptionKeys(`k:${base64(1).replace('=', '')}`))).to.equal(true);
  });

  it('reads back every 32 random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const parsed = parseEncryptionKeys(`k:${Buffer.from(bytes).toString('base64')}`);
        const read = isRight(parsed) ? parsed.right[0]?.secret.export() : undefined;
        expect(read).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });

  it('lists every problem at once, by place', () => {
    const text = [
      `:${base64(1)}`,
      'k2:***',
      `k3:${base64(3, 31)}`,
      base64(4),
      `k5:${base64(5)}`,
      `k5:${base64(6)}`,
    ];
    expect(problemsOf(text.join(','))).to.deep.equal([
      'key 1: the id must be 1 to 32 letters, digits, "_" or "-"',
      'key 2: the part after ":" is not base64',
      'key 3: the key has 31 bytes instead of 32',
      'key 4: expected id:base64',
      'key 6: the id is the same as that of key 5',
    ]);
  });

  for (const text of ['', '  ']) {
    it(`says what is expected for ${JSON.stringify(text)}`, () => {
      expect(parseEncryptionKeys(text)).to.deep.equal(
        left(['no key: expected id:base64, several separated by commas']),
      );
    });
  }

  it('refuses an empty entry, an id that is too long and base64 in other alphabets', () => {
    expect(problemsOf(`k:${base64(1)},`)).to.deep.equal(['key 2: expected id:base64']);
    expect(problemsOf(`${'k'.repeat(33)}:${base64(1)}`)).to.have.lengthOf(1);
    expect(problemsOf(`k:${Buffer.alloc(32, 0xfb).toString('base64url')}`)).to.have.lengthOf(1);
    expect(problemsOf(`k:${Buffer.alloc(32, 1).toString('hex')}`)).to.have.lengthOf(1);
  });

  it('never repeats what it was given, even if the key is in the wrong place by mistake', () => {
    const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789+/='.split('');
    const piece = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 12, maxLength: 60 });
    fc.assert(
      fc.property(piece, piece, fc.constantFrom(':', ',', '::', ' '), (one, two, between) => {
        const said = problemsOf(`${one}${between}${two}`).join('\n');
        expect(said).not.to.include(one);
        expect(said).not.to.include(two);
      }),
    );
  });
});
