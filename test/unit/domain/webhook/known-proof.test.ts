import { expect } from 'chai';
import { isKnownProof } from '../../../../src/domain/webhook/known-proof.ts';
import type { SignatureScheme } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aScheme } from '../../../support/a-scheme.ts';

const signed = {
  signature_header: 'X-Sig',
  template: '{timestamp}.{body}',
  timestamp: { header: 'X-Time', unit: 'ms', tolerance_seconds: 60 },
};
const hmac = aScheme({ ...signed, kind: 'hmac', algorithm: 'sha512' });
const ed25519 = aScheme({ ...signed, kind: 'ed25519' });

/** As a database may contain it: typed here, but written by another version of the program. */
const isKnown = (scheme: object, sourceService = 'custom'): boolean =>
  isKnownProof({ sourceService, scheme } as Parameters<typeof isKnownProof>[0]);

describe('How a stored webhook proves its deliveries', () => {
  it('is known of every kind that this program writes', () => {
    const others = [
      aScheme({ kind: 'token', token_header: 'X-Token' }),
      aScheme({ kind: 'basic' }),
      aScheme({ kind: 'bearer' }),
      aScheme({ kind: 'none' }),
    ];
    for (const scheme of [hmac, ed25519, ...others]) expect(isKnown(scheme), scheme.kind).to.equal(true);
  });

  it('is known where no time is signed', () => {
    for (const kind of ['hmac', 'ed25519'])
      expect(isKnown(aScheme({ kind, signature_header: 'X-Sig' })), kind).to.equal(true);
  });

  it('is recognised for a sender with rules of its own', () => {
    expect(isKnownProof({ sourceService: 'github', scheme: undefined })).to.equal(true);
  });

  for (const [words, scheme, change] of [
    ['algorithm', hmac, { algorithm: 'sha3' }],
    ['encoding of the secret', hmac, { secretEncoding: 'base32' }],
    ['encoding of the signature', hmac, { encoding: 'base32' }],
    ['case of hexadecimal digits', hmac, { hexCase: 'upper' }],
    ['unit of time', hmac, { timestamp: { header: 'x-time', unit: 'us', toleranceSeconds: 60 } }],
    ['encoding of the signature', ed25519, { encoding: 'base32' }],
    ['case of hexadecimal digits', ed25519, { hexCase: 'upper' }],
    ['unit of time', ed25519, { timestamp: { header: 'x-time', unit: 'us', toleranceSeconds: 60 } }],
  ] as const satisfies readonly (readonly [string, SignatureScheme, object])[])
    it(`is not known of ${scheme.kind} by an unknown ${words}`, () => {
      expect(isKnown({ ...scheme, ...change })).to.equal(false);
    });

  it('is not known by another kind, or of another sender', () => {
    expect(isKnown({ kind: 'jwt' })).to.equal(false);
    expect(isKnown(hmac, 'zendesk')).to.equal(false);
  });
});
