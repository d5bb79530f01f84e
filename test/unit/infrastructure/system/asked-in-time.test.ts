import { expect } from 'chai';
import { askedInTime } from '../../../../src/infrastructure/system/asked-in-time.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const fixture = () => {
  const clock = fixedClock();
  const asked: PromiseWithResolvers<string>[] = [];
  const ask = () => {
    const question = Promise.withResolvers<string>();
    asked.push(question);
    return question.promise;
  };
  const look = askedInTime(ask, { sleep: clock.sleep, withinMs: 500 });
  return { clock, asked, look };
};

describe('what is asked for those who must not wait', () => {
  it('is answered to all who ask at one time, by one question', async () => {
    const { clock, asked, look } = fixture();
    const answers = Promise.all([look(), look()]);
    asked[0]?.resolve('seven');
    expect(await answers).to.deep.equal(['seven', 'seven']);
    expect([asked.length, clock.pending()]).to.deep.equal([1, 0]);
  });

  it('is not known after the limit, and not asked again while the question is open', async () => {
    const { clock, asked, look } = fixture();
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const answer = look();
      await clock.run(500);
      expect(await answer).to.equal(undefined);
    }
    expect(asked).to.have.length(1);
    asked[0]?.resolve('late');
    await clock.run(0);
    const next = look();
    asked[1]?.resolve('in time');
    expect(await next).to.equal('in time');
  });

  it('is not known when the question fails, and asked again the next time', async () => {
    const { asked, look } = fixture();
    const failing = look();
    asked[0]?.reject(new Error('no'));
    expect(await failing).to.equal(undefined);
    const next = look();
    asked[1]?.resolve('yes');
    expect(await next).to.equal('yes');
  });
});
