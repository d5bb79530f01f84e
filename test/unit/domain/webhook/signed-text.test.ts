import { expect } from 'chai';
import fc from 'fast-check';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import {
  movesBoundary,
  signedPieces,
  templateParts,
  type TemplatePart,
} from '../../../../src/domain/webhook/scheme/signed-text.ts';
import { aDelivery } from '../../../support/a-delivery.ts';

const partsOf = (template: string): readonly TemplatePart[] => {
  const parts = templateParts(template);
  if (isLeft(parts)) throw new Error(parts.left.join());
  return parts.right;
};
const signed = (template: string, id: string, body: Uint8Array): string =>
  Buffer.concat(signedPieces(partsOf(template), aDelivery({}, body), { timestamp: '1', id })).toString(
    'latin1',
  );
const moves = (template: string, id: string): boolean => movesBoundary(partsOf(template), 'id', id);

describe('an id in the signed text', () => {
  it('may contain anything but the text next to it', () => {
    expect(['a', 'a-b', 'a b'].map((id) => moves('{id}.{body}', id))).to.deep.equal([false, false, false]);
    expect(['a.b', '.', 'a.'].map((id) => moves('{id}.{body}', id))).to.deep.equal([true, true, true]);
    expect(['a.b', 'a|b'].map((id) => moves('{timestamp}.{id}|{body}', id))).to.deep.equal([true, true]);
  });

  it('may not end or begin so that the text next to it could begin earlier or later', () => {
    // "a:" :: "b" and "a" :: ":b" are the same text.
    expect(moves('{id}::{body}', 'a:')).to.equal(true);
    expect(moves('{body}::{id}', ':a')).to.equal(true);
    expect([moves('{id}::{body}', ':a'), moves('{body}::{id}', 'a:')]).to.deep.equal([false, false]);
  });

  it('is compared as it is sent: a header contains the bytes of a character, one by one', () => {
    const asSent = Buffer.from('a§b').toString('latin1');
    expect(moves('{id}§{body}', asSent)).to.equal(true);
  });

  for (const template of ['{id}::{body}', '{body}::{id}', '{id}:-:{body}', '{id}§{body}'])
    it(`${template} can be cut in one way only`, () => {
      const separator = template.replaceAll(/\{\w+\}/g, '');
      const piece = fc
        .array(fc.constantFrom('a', ':', '-', '§'), { maxLength: 6 })
        .map((letters) => Buffer.from(letters.join('')));
      fc.assert(
        fc.property(piece, piece, (id, body) => {
          const text = signed(template, id.toString('latin1'), body);
          const cut = Buffer.from(separator).toString('latin1');
          const ids = Array.from(text, (_, at) => at).flatMap((at) => {
            if (!text.startsWith(cut, at)) return [];
            const [front, back] = [text.slice(0, at), text.slice(at + cut.length)];
            return [template.startsWith('{id}') ? front : back];
          });
          expect(ids.filter((one) => !moves(template, one)).length).to.be.at.most(1);
        }),
      );
    });
});

describe('a template', () => {
  it('takes an unmatched brace for text', () => {
    expect(partsOf('}{body}')).to.deep.equal([
      { kind: 'text', text: '}' },
      { kind: 'variable', name: 'body' },
    ]);
    expect(signed('{"id":"{id}","body":{body}}', 'a', Buffer.from('[]'))).to.equal('{"id":"a","body":[]}');
  });
});
