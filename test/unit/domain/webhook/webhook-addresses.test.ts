import { expect } from 'chai';
import { calledUrl, namesToken } from '../../../../src/domain/webhook/request/called-url.ts';
import { addressUsed } from '../../../../src/domain/webhook/webhook-config.ts';
import { aBareWebhook, aWebhook } from '../../../support/a-webhook.ts';

describe('the address of a webhook', () => {
  const webhook = aWebhook();
  const { hash, previous } = webhook.address;
  const end = previous?.validUntil ?? 0;

  it('is found by the hash of its token, for ever', () => {
    expect(addressUsed(webhook, hash, Number.MAX_SAFE_INTEGER)).to.equal('current');
  });

  it('is found by the previous hash until that expires, and not at that moment', () => {
    const used = [end - 1, end, end + 1].map((now) => addressUsed(webhook, previous?.hash ?? '', now));
    expect(used).to.deep.equal(['previous', undefined, undefined]);
  });

  it('is nobody else’s, also where there was no previous one', () => {
    expect(addressUsed(webhook, 'f'.repeat(64), end - 1)).to.equal(undefined);
    expect(addressUsed(aBareWebhook(), previous?.hash ?? '', end - 1)).to.equal(undefined);
  });
});

describe('the URL that a sender calls', () => {
  const url = 'https://hooks.example.test/{token}/in?again={token}';

  it('contains the token wherever its placeholder is, unencoded', () => {
    expect(calledUrl(url, 'whk_$&')).to.equal('https://hooks.example.test/whk_$&/in?again=whk_$&');
  });

  it('is unchanged without such a placeholder, and unknown when nothing is known', () => {
    expect(calledUrl('https://hooks.example.test/in', 'whk_1')).to.equal('https://hooks.example.test/in');
    expect(calledUrl(undefined, 'whk_1')).to.equal(undefined);
  });

  it('can be shown without the token only where it does not contain it', () => {
    expect([url, 'https://hooks.example.test/in', undefined].map(namesToken)).to.deep.equal([
      true,
      false,
      false,
    ]);
  });
});
