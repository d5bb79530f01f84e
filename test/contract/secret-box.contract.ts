import { expect } from 'chai';
import fc from 'fast-check';
import { isRight, left, right } from '../../src/domain/shared/fp.ts';
import type { SecretBinding, SecretBox } from '../../src/domain/shared/secret-box.ts';

/** What an adapter must provide for the tests: boxes with named keys, where the same name always means the same key. */
export type SecretBoxMaker = (keyIds: readonly [string, ...string[]]) => SecretBox;

const binding: SecretBinding = { tenantId: 'uk_company_1', rowId: 'row-1', field: 'api_key' };
const secret = 'AIzaSy-not-a-real-key';

const text = fc.string({ unit: 'binary', maxLength: 200 });
const anyBinding = fc.record({ tenantId: text, rowId: text, field: text });
const flatten = ({ tenantId, rowId, field }: SecretBinding): string =>
  JSON.stringify([tenantId, rowId, field]);

const refusal = (box: SecretBox, envelope: string, at: SecretBinding = binding): unknown => {
  const opened = box.open(envelope, at);
  return isRight(opened) ? 'opened' : opened.left.reason;
};

const itKeepsSecrets = (make: SecretBoxMaker): void => {
  it('opens what it sealed, for every text and context', () => {
    const box = make(['k1']);
    fc.assert(
      fc.property(text, anyBinding, (plaintext, at) => {
        expect(box.open(box.seal(plaintext, at), at)).to.deep.equal(right(plaintext));
      }),
    );
  });

  it('seals the empty text and a text of 64 KiB', () => {
    const box = make(['k1']);
    for (const plaintext of ['', 'ключ '.repeat(13_000)]) {
      expect(box.open(box.seal(plaintext, binding), binding)).to.deep.equal(right(plaintext));
    }
  });

  it('never gives the same envelope twice and shows nothing of the text', () => {
    const box = make(['k1']);
    const envelopes = Array.from({ length: 200 }, () => box.seal(secret, binding));
    expect(new Set(envelopes)).to.have.lengthOf(200);
    expect(envelopes[0]).to.match(/^[A-Za-z0-9_.-]+$/);
    expect(Buffer.from(envelopes[0]!.split('.').at(-1)!, 'base64url').includes(secret)).to.equal(false);
  });

  it('throws when asked to seal half a surrogate pair, which could not be restored', () => {
    expect(() => make(['k1']).seal('\ud800', binding)).to.throw(TypeError, 'well-formed');
  });
};

const itKnowsItsPlace = (make: SecretBoxMaker): void => {
  for (const field of ['tenantId', 'rowId', 'field'] as const) {
    it(`does not open under another ${field}`, () => {
      const box = make(['k1']);
      const envelope = box.seal(secret, binding);
      expect(refusal(box, envelope, { ...binding, [field]: 'another' })).to.equal('tampered');
    });
  }

  it('does not open in any other context, even if its parts concatenate to the same text', () => {
    const box = make(['k1']);
    const envelope = box.seal(secret, { tenantId: 'ab', rowId: 'c', field: 'd' });
    expect(refusal(box, envelope, { tenantId: 'a', rowId: 'bc', field: 'd' })).to.equal('tampered');
    expect(refusal(box, envelope, { tenantId: 'ab', rowId: '', field: 'cd' })).to.equal('tampered');
    fc.assert(
      fc.property(anyBinding, anyBinding, (sealedAt, openedAt) => {
        fc.pre(flatten(sealedAt) !== flatten(openedAt));
        expect(refusal(box, box.seal(secret, sealedAt), openedAt)).to.equal('tampered');
      }),
    );
  });
};

const itSeesChanges = (make: SecretBoxMaker): void => {
  it('does not open after any single bit of the envelope was flipped', () => {
    const box = make(['k1', 'k2']);
    const bytes = Buffer.from(box.seal(secret, binding), 'latin1');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(refusal(box, flipped.toString('latin1')), `bit ${bit}`).not.to.equal('opened');
    }
  });

  it('does not open when truncated or extended', () => {
    const box = make(['k1']);
    const envelope = box.seal(secret, binding);
    for (let length = 0; length < envelope.length; length += 1) {
      expect(refusal(box, envelope.slice(0, length)), `${length} characters`).not.to.equal('opened');
    }
    for (const more of ['A', '=', ' ', '\n', '.', '.AAAA']) {
      expect(refusal(box, envelope + more), JSON.stringify(more)).not.to.equal('opened');
    }
  });

  it('calls everything it could not have written malformed, and opens none of it', () => {
    const box = make(['k1']);
    const foreign = ['', 'v1', 'v1...', secret, 'v1.k1.AAAA.AAAA', '\u0000', 'v2.k1.AAAAAAAAAAAAAAAA.AAAA'];
    for (const envelope of foreign) expect(refusal(box, envelope), envelope).to.equal('malformed');
    fc.assert(
      fc.property(text, (envelope) => {
        expect(refusal(box, envelope)).to.equal('malformed');
      }),
    );
  });
};

const itRotatesKeys = (make: SecretBoxMaker): void => {
  it('seals with its first key and opens with all of them', () => {
    const before = make(['old']).seal(secret, binding);
    const rotating = make(['new', 'old']);
    expect(rotating.open(before, binding)).to.deep.equal(right(secret));
    const after = rotating.seal(secret, binding);
    expect(make(['new']).open(after, binding)).to.deep.equal(right(secret));
  });

  it('names the key that is missing', () => {
    const envelope = make(['gone']).seal(secret, binding);
    expect(make(['k1', 'k2']).open(envelope, binding)).to.deep.equal(
      left({ kind: 'secret-unreadable', reason: 'unknown-key', keyId: 'gone' }),
    );
  });

  it('does not open an envelope relabelled with another of its keys', () => {
    const box = make(['k1', 'k2']);
    expect(refusal(box, box.seal(secret, binding).replace('k1', 'k2'))).to.equal('tampered');
  });

  it('asks to reseal exactly what was not sealed with its first key', () => {
    const box = make(['new', 'old']);
    expect(box.needsResealing(box.seal(secret, binding))).to.equal(false);
    expect(box.needsResealing(make(['old']).seal(secret, binding))).to.equal(true);
    expect(box.needsResealing(make(['unknown']).seal(secret, binding))).to.equal(true);
    expect(box.needsResealing('not an envelope')).to.equal(true);
  });
};

/** The rules for every `SecretBox`. */
export const secretBoxContract = (name: string, make: SecretBoxMaker): void => {
  describe(`${name} as a SecretBox`, () => {
    itKeepsSecrets(make);
    itKnowsItsPlace(make);
    itSeesChanges(make);
    itRotatesKeys(make);
  });
};
