import { expect } from 'chai';
import {
  configuredUrl,
  quoted,
  withoutSlash,
} from '../../../../src/infrastructure/providers/provider-text.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { shortestOf } from '../../../support/shortest-of.ts';

describe('The address of a provider', () => {
  it('is used without the slashes at its end', () => {
    expect(withoutSlash('https://maps.example/api///')).to.equal('https://maps.example/api');
    expect(withoutSlash('https://maps.example/a//b')).to.equal('https://maps.example/a//b');
    expect(withoutSlash('///')).to.equal('');
    expect(withoutSlash('')).to.equal('');
    expect(
      configuredUrl({ token_url: 'https://own.example/' }, 'token_url', 'https://usual.example'),
    ).to.equal('https://own.example');
  });

  it('takes no time worth mentioning when a config is full of slashes', async () => {
    // As many as fit into a config of 16 KiB; rescanning them from each one would take more than a second.
    const hostile = { token_url: `https://maps.example${'/'.repeat(16_000)}x` };
    const taken = await shortestOf(async () => {
      const start = performance.now();
      configuredUrl(hostile, 'token_url', 'https://usual.example');
      return performance.now() - start;
    }, 25);
    expect(taken).to.be.below(25);
  });
});

describe('What a provider says', () => {
  it('shows no part of the key, wherever a long text is cut', () => {
    const key = '3f1c9a7d-5b2e-4c4f-8d0a-0123456789ab';
    const access = anAccess({ apiKey: key });
    for (let length = 700; length <= 820; length += 1) {
      const echo = `https://maps.example/${'x'.repeat(length)} with the key ${key} is wrong`;
      expect(quoted(echo, access), String(length)).to.not.contain(key.slice(0, 4));
    }
  });
});
