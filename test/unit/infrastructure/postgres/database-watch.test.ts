import { expect } from 'chai';
import type { ProbeOutcome } from '../../../../src/infrastructure/postgres/connection/database-probe.ts';
import { DatabaseWatch } from '../../../../src/infrastructure/postgres/connection/database-watch.ts';
import { eventLoopTurn } from '../../../../src/infrastructure/system/event-loop-turn.ts';

const refused = (code: string): ProbeOutcome => ({ kind: 'refused', code });
const ANSWERS: ProbeOutcome = { kind: 'answers' };

/** What the watch reports while its probe has these outcomes, one after the other, with the last refusal. */
const saidOf = async (outcomes: readonly ProbeOutcome[]): Promise<readonly string[]> => {
  const said: string[] = [];
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const left = [...outcomes];
  let now = 0;
  const watch = new DatabaseWatch({
    probe: {
      ask: async () => {
        const next = left.shift();
        if (next === undefined) resolve();
        return next ?? ANSWERS;
      },
      close: () => undefined,
    },
    // It probes in every iteration.
    monotonic: () => (now += 10_000),
    sleep: eventLoopTurn,
    random: () => 0,
    onAway: (code) => said.push(`away ${code}`),
    onFurther: (code) => said.push(`still ${code}`),
    onBack: () => said.push('back'),
  });
  watch.start();
  await over;
  await watch.stop();
  return said;
};

describe('What the watch over a database says', () => {
  it('is why it went away and, when that is another reason, why it does not come back', async () => {
    const outcomes = ['57P03', 'ECONNREFUSED', 'ECONNREFUSED', '28P01', '28P01'].map(refused);
    expect(await saidOf([ANSWERS, ...outcomes, ANSWERS])).to.deep.equal([
      'away 57P03',
      'still ECONNREFUSED',
      'still 28P01',
      'back',
    ]);
  });

  it('reports each reason once, however often they alternate, and again after the next loss', async () => {
    const turns = Array.from({ length: 20 }, (_, n) => refused(n % 2 === 0 ? 'ECONNREFUSED' : '57P03'));
    expect(await saidOf([...turns, ANSWERS, refused('57P03'), ANSWERS])).to.deep.equal([
      'away ECONNREFUSED',
      'still 57P03',
      'back',
      'away 57P03',
      'back',
    ]);
  });
});
