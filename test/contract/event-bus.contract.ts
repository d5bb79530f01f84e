import { expect } from 'chai';
import type { CloudEvent, EventBus } from '../../src/application/event-bus.ts';
import { toCloudEvent } from '../../src/infrastructure/events/cloud-event.ts';
import { anEvent } from '../support/a-recorded-call.ts';
import { anId } from '../support/an-external-service.ts';

export type EventBusHarness = {
  readonly bus: EventBus;
  /** Resolves with everything received by a listener to all events, once there are at least `count`. */
  readonly received: (count: number) => Promise<readonly CloudEvent[]>;
  /** Makes the bus unavailable, or says why this is impossible for this bus. */
  readonly away: (() => Promise<void>) | { readonly never: string };
  readonly close: () => Promise<void>;
};

export const cloudEvents = (
  count: number,
  change: Parameters<typeof anEvent>[0] = {},
): readonly CloudEvent[] =>
  Array.from(
    { length: count },
    (_, n) =>
      toCloudEvent(anEvent({ id: anId(n), subject: `subject-${n % 7}`, ...change })) as unknown as CloudEvent,
  );

export const eventBusContract = (name: string, open: () => Promise<EventBusHarness>): void => {
  describe(`${name} as an event bus`, () => {
    let harness: EventBusHarness;
    beforeEach(async () => void (harness = await open()));
    afterEach(() => harness.close());

    it('has delivered, or durably accepted, every message when it resolves', async () => {
      const events = cloudEvents(3);
      await harness.bus.publish(events);
      expect(await harness.received(3)).to.deep.equal(events);
    });

    it('keeps the order of messages over many calls', async () => {
      const events = cloudEvents(500);
      for (let start = 0; start < events.length; start += 50)
        await harness.bus.publish(events.slice(start, start + 50));
      expect((await harness.received(500)).map(({ id }) => id)).to.deep.equal(events.map(({ id }) => id));
    });

    it('sends a message again when it is given again, under the same id', async () => {
      const [event] = cloudEvents(1) as [CloudEvent];
      await harness.bus.publish([event]);
      await harness.bus.publish([event]);
      expect((await harness.received(2)).map(({ id }) => id)).to.deep.equal([event.id, event.id]);
    });

    it('passes text on unchanged', async () => {
      const events = cloudEvents(1, {
        data: { address: 'Тошкент “😀” \u0000 \\ "', nested: [null, true, 1.5] },
      });
      await harness.bus.publish(events);
      expect(await harness.received(1)).to.deep.equal(events);
    });

    it('reports that it refused none', async () => {
      expect(await harness.bus.publish(cloudEvents(2))).to.deep.equal([]);
    });

    it('keeps the order of each subject when it is given batches at the same time', async () => {
      const batches = Array.from({ length: 5 }, (_, subject) =>
        cloudEvents(40, { subject: `subject-${subject}` }).map((event, n) => ({
          ...event,
          id: anId(subject * 100 + n),
        })),
      );
      await Promise.all(batches.map((batch) => harness.bus.publish(batch)));
      const received = await harness.received(200);
      for (const [subject, batch] of batches.entries())
        expect(
          received.filter((event) => event.subject === `subject-${subject}`).map(({ id }) => id),
        ).to.deep.equal(batch.map(({ id }) => id));
    });

    it('rejects while it is unavailable, and reports that beforehand', async function () {
      if ('never' in harness.away) {
        expect(harness.bus.isReady?.() ?? true).to.equal(true);
        return;
      }
      await harness.away();
      expect(harness.bus.isReady?.()).to.equal(false);
      const outcome = await harness.bus.publish(cloudEvents(2)).then(
        () => 'taken over',
        () => 'rejected',
      );
      expect(outcome).to.equal('rejected');
    });

    it('accepts an empty batch', async () => {
      await harness.bus.publish([]);
      const events = cloudEvents(1);
      await harness.bus.publish(events);
      expect(await harness.received(1)).to.deep.equal(events);
    });
  });
};
