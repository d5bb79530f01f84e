import { expect } from 'chai';
import type { CloudEvent } from '../../src/application/event-bus.ts';
import { memoryEventBus } from '../../src/infrastructure/memory/memory-event-bus.ts';
import { cloudEvents, eventBusContract } from './event-bus.contract.ts';

const unexpected = (_event: CloudEvent, error: unknown): never => {
  throw error;
};

eventBusContract('memoryEventBus', async () => {
  const received: CloudEvent[] = [];
  const bus = memoryEventBus({ onFailedHandler: unexpected });
  bus.subscribe('*', (event) => void received.push(event));
  return {
    bus,
    received: async () => received,
    away: { never: 'it lives in this process' },
    close: async () => undefined,
  };
});

describe('memoryEventBus', () => {
  const [hit, miss] = [
    cloudEvents(1)[0] as CloudEvent,
    cloudEvents(1, { type: 'integration.cache.miss' })[0] as CloudEvent,
  ];

  it('gives a handler the types it subscribed to, until it unsubscribes', async () => {
    const bus = memoryEventBus({ onFailedHandler: unexpected });
    const seen: string[] = [];
    const end = bus.subscribe('integration.cache.miss', ({ type }) => void seen.push(type));
    await bus.publish([hit, miss]);
    end();
    await bus.publish([miss]);
    expect(seen).to.deep.equal(['integration.cache.miss']);
  });

  it('knows whether there are listeners', () => {
    const bus = memoryEventBus({ onFailedHandler: unexpected });
    expect(bus.hasListeners?.()).to.equal(false);
    const end = bus.subscribe('integration.cache.miss', () => undefined);
    expect(bus.hasListeners?.()).to.equal(true);
    end();
    expect(bus.hasListeners?.()).to.equal(false);
  });

  it('reports a handler that fails, and still gives every event to the others', async () => {
    const failures: string[] = [];
    const bus = memoryEventBus({
      onFailedHandler: ({ id }, error) => void failures.push(`${id} ${(error as Error).message}`),
    });
    const seen: string[] = [];
    bus.subscribe('*', () => {
      throw new Error('thrown');
    });
    bus.subscribe('*', () => Promise.reject(new Error('rejected')));
    bus.subscribe('*', ({ type }) => void seen.push(type));
    await bus.publish([hit, miss]);
    expect(seen).to.deep.equal(['integration.cache.hit', 'integration.cache.miss']);
    const each = ['thrown', 'rejected'];
    expect(failures).to.deep.equal([hit, miss].flatMap(({ id }) => each.map((how) => `${id} ${how}`)));
  });

  it('waits for a slow handler before the next event', async () => {
    const bus = memoryEventBus({ onFailedHandler: unexpected });
    const steps: string[] = [];
    bus.subscribe('*', async ({ type }) => {
      steps.push(`begin ${type}`);
      await Promise.resolve();
      steps.push(`end ${type}`);
    });
    await bus.publish([hit, miss]);
    expect(steps).to.deep.equal([hit, miss].flatMap(({ type }) => [`begin ${type}`, `end ${type}`]));
  });
});
