import { expect } from 'chai';
import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import {
  isWellFormedToken,
  newWebhookToken,
  webhookTokenHash,
} from '../../../../src/domain/webhook/webhook-token.ts';

const anyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const tokenOf = (bytes: Uint8Array): string => newWebhookToken(() => bytes).token;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('a token of a webhook', () => {
  it('is whk_, 43 characters of randomness and a check of six', () => {
    expect(tokenOf(randomBytes(32))).to.match(/^whk_[0-9A-Za-z]{49}$/);
    expect(tokenOf(new Uint8Array(32))).to.match(/^whk_0{43}[0-9A-Za-z]{6}$/);
  });

  it('never changes its format, or senders would find their address invalid', () => {
    expect(tokenOf(Uint8Array.from({ length: 32 }, (_, i) => i))).to.equal(
      'whk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0hUHWW',
    );
  });

  it('asks for 32 random bytes once', () => {
    const asked: number[] = [];
    newWebhookToken((size) => {
      asked.push(size);
      return randomBytes(size);
    });
    expect(asked).to.deep.equal([32]);
  });

  it('is well formed for any bytes, and encodes all of them', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(isWellFormedToken(tokenOf(a))).to.equal(true);
        expect(tokenOf(a) === tokenOf(b)).to.equal(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('is known by its SHA-256, and to people by eight characters', () => {
    const { token, hash, hint } = newWebhookToken(randomBytes);
    expect(hash).to.equal(createHash('sha256').update(token).digest('hex'));
    expect(webhookTokenHash(token)).to.equal(hash);
    expect(token.slice(4, 12)).to.equal(hint);
  });

  it('is told from itself with one character changed', () => {
    fc.assert(
      fc.property(
        anyBytes,
        fc.integer({ min: 4, max: 52 }),
        fc.constantFrom(...DIGITS.split('')),
        (bytes, at, digit) => {
          const token = tokenOf(bytes);
          fc.pre(token[at] !== digit);
          expect(isWellFormedToken(token.slice(0, at) + digit + token.slice(at + 1))).to.equal(false);
        },
      ),
    );
  });

  it('is told from arbitrary text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => !isWellFormedToken(text) && !isWellFormedToken(`whk_${text}`)),
    );
    const token = tokenOf(randomBytes(32));
    for (const text of [
      '',
      'whk_',
      token.slice(4),
      `${token}0`,
      token.slice(0, -1),
      ` ${token}`,
      `${token}\n`,
      token.replace('whk_', 'WHK_'),
      token.replace('whk_', 'ist_'),
      `${token}/..`,
      token.replace(/.{6}$/, '______'),
    ])
      expect(isWellFormedToken(text), text).to.equal(false);
  });
});
