import { expect } from 'chai';
import { answerBudget, FREE_BYTES } from '../../../../src/infrastructure/providers/answer-budget.ts';

const LARGE = FREE_BYTES + 600;

describe('the budget of answers', () => {
  it('counts of each answer what is more than a little', () => {
    const budget = answerBudget(1_000);
    const [one, other] = [budget.open(), budget.open()];
    expect(one.take(LARGE)).to.equal(true);
    expect(other.take(LARGE)).to.equal(false);
    expect(other.take(FREE_BYTES)).to.equal(true);
    expect(other.take(400)).to.equal(true);
    expect(other.take(1)).to.equal(false);
  });

  it('always has room for small answers', () => {
    const budget = answerBudget(0);
    for (let answers = 0; answers < 10; answers += 1) expect(budget.open().take(FREE_BYTES)).to.equal(true);
    expect(budget.open().take(FREE_BYTES + 1)).to.equal(false);
  });

  it('gets back what an answer took, and no more for one that was refused or ends twice', () => {
    const budget = answerBudget(1_000);
    const [one, other] = [budget.open(), budget.open()];
    one.take(LARGE);
    other.take(LARGE);
    other.giveBack();
    expect(other.take(LARGE)).to.equal(false);
    one.giveBack();
    one.giveBack();
    expect(other.take(LARGE + 400)).to.equal(true);
    expect(budget.open().take(FREE_BYTES + 1)).to.equal(false);
  });
});
