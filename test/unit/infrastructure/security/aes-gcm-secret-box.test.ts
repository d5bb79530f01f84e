import { createDecipheriv, createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import { aesGcmSecretBox } from '../../../../src/infrastructure/security/aes-gcm-secret-box.ts';

const keyBytes = Buffer.alloc(32, 7);
const keys = [{ id: 'k1', secret: createSecretKey(keyBytes) }];
const nonce = Buffer.from('000102030405060708090a0b', 'hex');
const binding = { tenantId: 't', rowId: 'r', field: 'f' };
const box = aesGcmSecretBox({ keys, randomBytes: (size) => nonce.subarray(0, size) });

describe('aesGcmSecretBox', () => {
  it('writes version, key id, nonce and ciphertext with tag', () => {
    const [version, keyId, nonceText, sealed, ...rest] = box.seal('secret', binding).split('.');
    expect([version, keyId, nonceText, rest]).to.deep.equal(['v1', 'k1', 'AAECAwQFBgcICQoL', []]);
    expect(Buffer.from(sealed!, 'base64url')).to.have.lengthOf('secret'.length + 16);
  });

  it('is plain AES-256-GCM over length-prefixed associated data, so that any tool can open it', () => {
    const sealed = Buffer.from(box.seal('secret', binding).split('.')[3]!, 'base64url');
    const part = (text: string): string => `\0\0\0${String.fromCharCode(text.length)}${text}`;
    const decipher = createDecipheriv('aes-256-gcm', keyBytes, nonce);
    decipher.setAAD(Buffer.from(['v1', 'k1', 't', 'r', 'f'].map(part).join(''), 'latin1'));
    decipher.setAuthTag(sealed.subarray(-16));
    const opened = decipher.update(sealed.subarray(0, -16)).toString() + decipher.final().toString();
    expect(opened).to.equal('secret');
  });

  it('opens an envelope written by this version for good', () => {
    const stored = 'v1.k1.AAECAwQFBgcICQoL.a-SKAnh9NQs3nDIonlVUMxW-Uya4LA';
    expect(box.open(stored, binding)).to.deep.equal(right('secret'));
  });

  it('does not open under another key of the same id', () => {
    const other = aesGcmSecretBox({
      keys: [{ id: 'k1', secret: createSecretKey(Buffer.alloc(32, 8)) }],
      randomBytes: () => nonce,
    });
    const opened = other.open(box.seal('secret', binding), binding);
    expect(isLeft(opened) && opened.left).to.deep.equal({
      kind: 'secret-unreadable',
      reason: 'tampered',
      keyId: 'k1',
    });
  });

  it('refuses to exist without a key', () => {
    expect(() => aesGcmSecretBox({ keys: [], randomBytes: () => nonce })).to.throw(TypeError, 'at least one');
  });

  it('shows no key when it or its keys are printed', () => {
    const printed = inspect({ box, keys }, { depth: 9, showHidden: true });
    expect(printed).not.to.match(/7, 7, 7|07 ?07 ?07|BwcHBwcH/i);
  });
});
