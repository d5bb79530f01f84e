import { expect } from 'chai';
import { Counter, Registry } from 'prom-client';
import { primaryMetrics } from '../../../../src/infrastructure/cluster/primary-metrics.ts';
import { pooledMetrics, type Counts } from '../../../../src/infrastructure/telemetry/pooled-metrics.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';

const counted = async (calls: number): Promise<Counts> => {
  const registry = new Registry();
  new Counter({ name: 'calls', help: 'c', registers: [registry] }).inc(calls);
  return registry.getMetricsAsJSON();
};

const fixture = () => {
  const clock = fixedClock();
  const asked: number[] = [];
  const listenedTo: number[] = [];
  const ended = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const workers = [1, 2].map((id, index) => ({
    id,
    get ended() {
      listenedTo.push(id);
      return ended[index]?.promise ?? Promise.resolve();
    },
    send: () => void asked.push(id),
  }));
  const metrics = pooledMetrics();
  const { counted: arrived, expose } = primaryMetrics({
    metrics,
    workers: () => workers,
    own: async () => [],
    sleep: clock.sleep,
  });
  return { clock, asked, listenedTo, ended, arrived, expose };
};
const callsIn = ({ body }: { readonly body: string }): number => Number(/^calls (\d+)$/m.exec(body)?.[1]);

describe('metrics gathered by the primary', () => {
  it('are those of all workers, asked once for all who ask at once', async () => {
    const { asked, arrived, expose } = fixture();
    const [one, other] = [expose(), expose()];
    await turn();
    expect(asked).to.deep.equal([1, 2]);
    arrived(1, await counted(3));
    arrived(2, await counted(4));
    expect([callsIn(await one), callsIn(await other)]).to.deep.equal([7, 7]);
    const next = expose();
    arrived(1, await counted(5));
    arrived(2, await counted(5));
    expect(callsIn(await next)).to.equal(10);
    expect(asked).to.deep.equal([1, 2, 1, 2]);
  });

  it('are the last known ones of a worker that is too busy to answer within a second', async () => {
    const { clock, arrived, expose } = fixture();
    arrived(2, await counted(40));
    const exposed = expose();
    await turn();
    arrived(1, await counted(2));
    await clock.run(1_000);
    expect(callsIn(await exposed)).to.equal(42);
    expect(clock.pending()).to.equal(0);
  });

  it('do not wait for a worker that ends', async () => {
    const { ended, arrived, expose } = fixture();
    const exposed = expose();
    arrived(1, await counted(1));
    ended[1]?.resolve();
    expect(callsIn(await exposed)).to.equal(1);
  });

  it('leave nothing behind at a worker that lives long, however often they are gathered', async () => {
    const { listenedTo, arrived, expose } = fixture();
    for (let scrape = 0; scrape < 10; scrape += 1) {
      const exposed = expose();
      arrived(1, await counted(1));
      arrived(2, await counted(1));
      await exposed;
    }
    expect(listenedTo).to.deep.equal([1, 2]);
  });
});
