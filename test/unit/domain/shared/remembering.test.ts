import { expect } from 'chai';
import { assert, array, integer, property } from 'fast-check';
import { remembering } from '../../../../src/domain/shared/remembering.ts';

const counted = (most: number) => {
  const asked: string[] = [];
  const answerTo = remembering((text) => {
    asked.push(text);
    return `${text}!`;
  }, most);
  return { asked, answerTo };
};

describe('remembering', () => {
  it('works an answer out once', () => {
    const { asked, answerTo } = counted(2);
    expect([answerTo('a'), answerTo('a'), answerTo('a')]).to.deep.equal(['a!', 'a!', 'a!']);
    expect(asked).to.deep.equal(['a']);
  });

  it('keeps what is asked again while others come and go', () => {
    const { asked, answerTo } = counted(2);
    for (const text of ['a', 'b', 'c', 'a', 'd', 'a', 'e', 'a']) answerTo(text);
    expect(asked).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('forgets what is no longer asked for', () => {
    const { asked, answerTo } = counted(1);
    for (const text of ['a', 'b', 'c', 'a']) answerTo(text);
    expect(asked).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  it('remembers no text of more than 400 characters', () => {
    const { asked, answerTo } = counted(2);
    const [longest, tooLong] = ['x'.repeat(400), 'y'.repeat(401)];
    for (const text of [longest, tooLong, longest, tooLong]) answerTo(text);
    expect(asked).to.deep.equal([longest, tooLong, tooLong]);
  });

  it('always returns the same as the function itself, in any order of arguments', () => {
    const { answerTo } = counted(3);
    assert(
      property(array(integer({ min: 0, max: 12 })), (numbers) => {
        for (const number of numbers) expect(answerTo(String(number))).to.equal(`${number}!`);
      }),
    );
  });
});
