import { expect } from 'chai';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { sampleBody } from '../../../../src/interfaces/wire/codecs/sample-codecs.ts';
import { decode } from '../../../../src/interfaces/wire/decode.ts';

const wrongIn = (body: unknown): readonly string[] => {
  const decoded = decode(sampleBody, body);
  return isLeft(decoded) ? decoded.left.problems.map(({ pointer }) => pointer) : [];
};

const detailsOf = (body: unknown): readonly (readonly [string, string])[] => {
  const decoded = decode(sampleBody, body);
  return isLeft(decoded) ? decoded.left.problems.map(({ pointer, detail }) => [pointer, detail]) : [];
};

describe('a request to be tried', () => {
  it('is told how headers and body are written where they are given as JSON has them', () => {
    expect(detailsOf({ headers: { 'X-GitHub-Event': 'push' }, body: { action: 'opened' } })).to.deep.equal([
      ['/headers', 'a list of pairs, as in [["X-GitHub-Event","push"]]'],
      ['/body', 'text, also where it is JSON: its bytes are what is signed'],
    ]);
    expect(detailsOf({ headers: [], body: '\ud800' })).to.deep.equal([
      ['/body', 'text without half surrogate pairs'],
    ]);
  });

  it('has one body at most', () => {
    expect(wrongIn({ headers: [], body: 'a' })).to.deep.equal([]);
    expect(wrongIn({ headers: [], body_base64: 'YQ==' })).to.deep.equal([]);
    expect(wrongIn({ headers: [], body: '', body_base64: '' })).to.deep.equal(['/body_base64']);
  });

  it('reports its second body together with its other problems', () => {
    expect(wrongIn({ body: 'a', body_base64: 'YQ==', method: 1 })).to.deep.equal([
      '/headers',
      '/method',
      '/body_base64',
    ]);
    expect(wrongIn({ headers: [], body: 'a', body_base64: '/w' })).to.deep.equal(['/body_base64']);
    expect(wrongIn([{ body: 'a', body_base64: 'YQ==' }])).to.deep.equal(['']);
  });
});
