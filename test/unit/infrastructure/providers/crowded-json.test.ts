import { expect } from 'chai';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { jsonOf } from '../../../../src/infrastructure/providers/http-answer.ts';

const answerOf = (text: string) => ({
  status: 200,
  contentType: 'application/json',
  retryAfterMs: undefined,
  text,
});
const listOf = (item: string, times: number): string => `[${Array(times).fill(item).join(',')}]`;

describe('an answer with more lists and objects than there is memory for', () => {
  for (const item of ['[]', '{}', '["a"]', '["\\"",[]]', '["\\\\",[]]'])
    it(`is not made of "${item}" a million times`, () => {
      const outcome = jsonOf(answerOf(listOf(item, 1_000_000)));
      expect(isLeft(outcome) && outcome.left).to.deep.equal({
        kind: 'answer-not-understood',
        message: 'HTTP 200 with more rows than there is room for; ask for less at a time',
      });
    });

  it('is not reported with fewer members, or for brackets in its texts', () => {
    expect(isLeft(jsonOf(answerOf(listOf('["a"]', 999_999))))).to.equal(false);
    expect(isLeft(jsonOf(answerOf(listOf('"[{\\"[{[{"', 400_000))))).to.equal(false);
  });
});
