import { expect } from 'chai';
import { answeredInTime } from '../../../../src/infrastructure/postgres/webhooks/answered-in-time.ts';
import type { WaitingDelivery } from '../../../../src/infrastructure/postgres/webhooks/waiting-delivery.ts';
import { aDelivery } from '../../../support/a-received-delivery.ts';
import { turn } from '../../../support/fixed-clock.ts';
import { mockedTime, type MockedTime } from '../../../support/mocked-time.ts';

const PATIENCE_MS = 1_000;

describe('a delivery that waits to be stored', () => {
  let time: MockedTime;
  let waiting: WaitingDelivery[];
  beforeEach(() => {
    time = mockedTime();
    waiting = [];
  });
  afterEach(() => time.restore());

  const queue = {
    add: (delivery: WaitingDelivery) => void waiting.push(delivery),
    letGo: () => void (waiting = []),
  };
  const pass = async (milliseconds: number): Promise<void> => {
    time.advance(milliseconds);
    for (let turns = 0; turns < 10; turns += 1) await turn();
  };
  const store = (): void => waiting[0]?.resolve({ kind: 'stored', isSuspect: false });

  it('is not stored for its sender when its time is over', async () => {
    const answer = answeredInTime(aDelivery(1), queue, PATIENCE_MS);
    await pass(PATIENCE_MS / 2);
    await pass(PATIENCE_MS / 2);
    expect(waiting).to.deep.equal([]);
    expect(await answer).to.deep.equal({ kind: 'unavailable' });
  });

  it('has half of its time left when this process, held up meanwhile, goes on', async () => {
    const answer = answeredInTime(aDelivery(1), queue, PATIENCE_MS);
    await pass(60_000);
    await pass(PATIENCE_MS / 2 - 1);
    store();
    expect(await answer).to.deep.equal({ kind: 'stored', isSuspect: false });
  });

  it('is taken for stored where that is read when its time is over', async () => {
    const answer = answeredInTime(aDelivery(1), queue, PATIENCE_MS);
    await pass(PATIENCE_MS / 2);
    time.advance(60_000);
    store();
    expect(await answer).to.deep.equal({ kind: 'stored', isSuspect: false });
  });
});
