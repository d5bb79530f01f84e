import { expect } from 'chai';
import { turn } from '../../../support/fixed-clock.ts';
import { aService, HOUSE, pipelineFixture, yandex } from '../../../support/pipeline-fixture.ts';
import { down } from '../../../support/scripted-geocoder.ts';

const BUG = new Error('a bug, with a KEY in its message');
const throwing = (): never => {
  throw BUG;
};
const thrownBy = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (answer) => ({ answered: answer }),
    (error: unknown) => error,
  );

describe('A call that an exception ends', () => {
  it('reaches its caller as that exception, and is in the trail with what it cost', async () => {
    const { ask, google, journal, charged, told, finished } = pipelineFixture();
    google.says(throwing);
    expect(await thrownBy(ask(HOUSE))).to.equal(BUG);
    const [{ record, events } = expect.fail('no row')] = journal.calls;
    expect(record).to.deep.include({
      status: 'error',
      serviceName: 'google_maps',
      estimatedCost: { micros: 5_000, currency: 'USD' },
      cacheStatus: 'none',
    });
    expect(record.attempts.map(({ outcome, calls }) => [outcome, calls])).to.deep.equal([
      ['answer-not-understood', 1],
    ]);
    expect(events.map(({ type }) => type)).to.deep.equal([
      'integration.cache.miss',
      'integration.request.sent',
      'integration.request.failed',
    ]);
    expect(events.at(-1)?.data).to.have.nested.property('error.kind', 'internal');
    expect(JSON.stringify(journal.calls)).to.not.include('KEY');
    expect([charged, told]).to.deep.equal([['google_maps 5000 USD'], ['google_maps answer-not-understood']]);
    expect(finished.map(({ status }) => status)).to.deep.equal(['error']);
  });

  it('keeps the attempts before it, and what happened earlier in the same attempt', async () => {
    const { ask, google, yandex: second, journal } = pipelineFixture();
    google.says(down);
    second.says(down, throwing);
    expect(await thrownBy(ask(HOUSE, { services: [aService(), yandex()] }))).to.equal(BUG);
    expect(journal.calls[0]?.record.attempts.map(({ provider, calls }) => [provider, calls])).to.deep.equal([
      ['google_maps', 3],
      ['yandex_maps', 2],
    ]);
  });

  it('has a row for each caller that shared it, with its cost in one of them', async () => {
    const { ask, clock, google, journal, charged } = pipelineFixture();
    google.says(async () => {
      await clock.sleep(50);
      return throwing();
    });
    const all = Promise.all([1, 2, 3].map(() => thrownBy(ask(HOUSE))));
    await clock.run(100);
    expect(await all).to.deep.equal([BUG, BUG, BUG]);
    expect(journal.calls.map(({ record }) => record.estimatedCost.micros)).to.have.members([5_000, 0, 0]);
    expect(charged).to.have.lengthOf(1);
  });

  it('has asked nobody where the exception came before the provider', async () => {
    const { ask, google, journal, charged } = pipelineFixture({
      tenantLimits: {
        get geocoding(): never {
          throw BUG;
        },
      },
    });
    expect(await thrownBy(ask(HOUSE))).to.equal(BUG);
    const { record } = journal.calls[0] ?? expect.fail('no row');
    expect([record.status, record.attempts, record.estimatedCost.micros]).to.deep.equal(['error', [], 0]);
    expect([google.calls.length, charged.length]).to.deep.equal([0, 0]);
  });

  it('reaches its caller only when it is in the trail', async () => {
    const { ask, google, journal } = pipelineFixture();
    google.says(throwing);
    const written = Promise.withResolvers<void>();
    Object.assign(journal, { append: () => written.promise });
    let isOver = false;
    const thrown = thrownBy(ask(HOUSE)).finally(() => (isOver = true));
    await turn();
    expect([google.calls.length, isOver]).to.deep.equal([1, false]);
    written.resolve();
    expect(await thrown).to.equal(BUG);
  });

  it('shows the exception itself where the trail cannot be written either', async () => {
    const { ask, google, journal } = pipelineFixture();
    google.says(throwing);
    journal.broken = true;
    expect(await thrownBy(ask(HOUSE))).to.equal(BUG);
  });
});
