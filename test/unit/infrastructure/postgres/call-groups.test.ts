import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { PoolClient } from 'pg';
import { TrailUnavailable } from '../../../../src/infrastructure/postgres/trail/call-group.ts';
import { PostgresCallJournal } from '../../../../src/infrastructure/postgres/trail/postgres-call-journal.ts';
import { aRecordedCall } from '../../../support/a-recorded-call.ts';

describe('groups of calls', () => {
  /** A server that commits when the test tells it to. */
  const aTrail = () => {
    let now = 0;
    let calls = 0;
    const underWay: (() => void)[] = [];
    const client = {
      query: () => new Promise<void>((resolve) => underWay.push(resolve)),
      release: () => undefined,
    } as unknown as PoolClient;
    const journal = new PostgresCallJournal({
      pool: { connect: () => Promise.resolve(client) } as never,
      clock: { monotonic: () => now },
      onCommitted: () => undefined,
    });
    return {
      append: async (count: number) => {
        for (let n = 0; n < count; n += 1) void journal.append(aRecordedCall((calls += 1)));
        await nextTurn();
      },
      commit: async () => {
        underWay.shift()?.();
        await nextTurn();
      },
      pass: (ms: number) => (now += ms),
      underWay: () => underWay.length,
    };
  };

  it('go one after the other while commits are quick, however many calls wait', async () => {
    const trail = aTrail();
    await trail.append(1);
    trail.pass(4);
    await trail.append(1_000);
    expect(trail.underWay()).to.equal(1);
    await trail.commit();
    expect(trail.underWay()).to.equal(1);
  });

  it('are sent two at once while a commit takes 5 ms, once 16 calls wait for the second', async () => {
    const trail = aTrail();
    await trail.append(1);
    trail.pass(5);
    await trail.append(15);
    expect(trail.underWay()).to.equal(1);
    await trail.append(1);
    expect(trail.underWay()).to.equal(2);
    trail.pass(100);
    await trail.append(100);
    expect(trail.underWay()).to.equal(2);
  });

  it('are handed over once, whatever the outcome of their statement', async () => {
    const lost = Promise.withResolvers<never>();
    const client = { query: () => lost.promise, release: () => undefined };
    let given = 0;
    const journal = new PostgresCallJournal({
      pool: { connect: () => Promise.resolve(client) } as never,
      clock: { monotonic: () => 0 },
      onCommitted: () => undefined,
      onUnavailable: (calls) => (given += calls.length),
    });
    void journal.append(aRecordedCall(1));
    await nextTurn();
    expect(journal.handOver()).to.have.length(1);
    lost.reject(new Error('Connection terminated unexpectedly'));
    await nextTurn();
    expect(given).to.equal(0);
  });

  it('are tried three times, but not again once a second has passed', async () => {
    const triesOf = async (msEach: number): Promise<number> => {
      let tries = 0;
      const connect = () => {
        tries += 1;
        return Promise.reject(new Error('ECONNREFUSED'));
      };
      const clock = { monotonic: () => tries * msEach };
      const journal = new PostgresCallJournal({
        pool: { connect } as never,
        clock,
        onCommitted: () => undefined,
      });
      const met = await journal.append(aRecordedCall(1)).catch((error: unknown) => error);
      expect(met).to.be.instanceOf(TrailUnavailable);
      return tries;
    };
    expect([await triesOf(300), await triesOf(600), await triesOf(1_001)]).to.deep.equal([3, 2, 1]);
  });
});
