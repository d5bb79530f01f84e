import { expect } from 'chai';
import {
  KEPT_BODY_BYTES,
  MOST_BODY_BYTES,
  MOST_RETURNS,
  type CommandHandler,
  type CommandMessage,
  type CommandQueue,
  type CommandReply,
  type Settlement,
} from '../../src/application/command-queue.ts';
import type { DeadCommand, ReceivedAnswer } from '../../src/infrastructure/memory/memory-command-bus.ts';
import type { SentCommand } from '../../src/infrastructure/memory/memory-command-queue.ts';
import { eventually } from '../support/until.ts';

export type CommandQueueHarness = {
  /** The delays between attempts, shortened for the test. */
  readonly delaysMs: readonly number[];
  /** Another consumer on the same queue. */
  readonly queue: (prefetch?: number) => CommandQueue;
  readonly send: (command: SentCommand) => Promise<void>;
  /** A reply queue, and the answers it has received. */
  readonly answers: () => Promise<{ readonly replyTo: string; readonly seen: readonly ReceivedAnswer[] }>;
  readonly dead: () => Promise<readonly DeadCommand[]>;
  /** The number of messages that no consumer holds. */
  readonly waiting: () => Promise<number>;
  /** Makes the dependencies that every command needs unavailable, or available again. */
  readonly away: (isAway: boolean) => void;
  /** The number of answers that could not be delivered. */
  readonly dropped: () => number;
  readonly close: () => Promise<void>;
};

const GRACE_MS = 5_000;
/** Longer than any test may take: a test that waits for its end fails. */
const NEVER_OVER_MS = 600_000;
const reply: CommandReply = {
  status: 200,
  contentType: 'application/json',
  body: '{"data":"Тошкент “😀”"}',
  isRepeat: false,
};
const done: Settlement = { kind: 'done', reply };
const parked: Settlement = {
  kind: 'parked',
  reason: 'invalid-input',
  detail: 'one value is not valid',
  reply: { ...reply, status: 422 },
};
const retry: Settlement = { kind: 'retry', reason: 'unavailable' };

const aCommand = (change: Partial<SentCommand> = {}): SentCommand => ({
  type: 'integration.command.geocode',
  messageId: 'order-17',
  headers: { management_company_id: 'uk_company_1' },
  body: Buffer.from('{"address":"Ташкент"}'),
  ...change,
});

/** A promise that the test resolves. */
const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

/** The rules for every `CommandQueue`. `make` gives a new queue without messages. */
export const commandQueueContract = (name: string, make: () => Promise<CommandQueueHarness>): void => {
  describe(`${name} as a command queue`, () => {
    let bus: CommandQueueHarness;
    beforeEach(async () => void (bus = await make()));
    afterEach(() => bus.close());

    /** A consumer that records its messages. */
    const consuming = (handler: CommandHandler, prefetch?: number) => {
      const seen: CommandMessage[] = [];
      const queue = bus.queue(prefetch);
      queue.consume((message) => {
        seen.push(message);
        return handler(message);
      });
      const has = (count: number) =>
        eventually(`${count} deliveries, not ${seen.length}`, async () =>
          seen.length >= count ? seen : undefined,
        );
      return { queue, seen, has };
    };
    const deadLetters = (count: number) =>
      eventually(`${count} dead letters`, async () => {
        const dead = await bus.dead();
        return dead.length >= count ? dead : undefined;
      });
    const answered = (seen: readonly ReceivedAnswer[], count = 1) =>
      eventually(`${count} answers`, async () => (seen.length >= count ? seen : undefined));

    it('delivers a message as it was sent', async () => {
      const { has } = consuming(async () => done);
      await bus.send(
        aCommand({
          correlationId: 'c-1',
          replyTo: 'nobody',
          appId: 'request-service',
          contentEncoding: 'gzip',
          headers: { management_company_id: 'uk_company_1', traceparent: '00-1', odd: 1.5, yes: true },
        }),
      );
      const [message] = await has(1);
      expect(message).to.deep.include({
        type: 'integration.command.geocode',
        messageId: 'order-17',
        correlationId: 'c-1',
        replyTo: 'nobody',
        appId: 'request-service',
        contentEncoding: 'gzip',
        retries: 0,
        retriesLeft: bus.delaysMs.length,
        returns: 0,
      });
      expect(message?.headers).to.include({ management_company_id: 'uk_company_1', odd: 1.5, yes: true });
      expect(Buffer.from(message?.body ?? []).toString()).to.equal('{"address":"Ташкент"}');
    });

    it('delivers a message without any properties', async () => {
      const { has } = consuming(async () => done);
      await bus.send({ body: Buffer.alloc(0) });
      const [message] = await has(1);
      expect(message).to.include({ type: undefined, messageId: undefined, replyTo: undefined });
      expect(message?.body.byteLength).to.equal(0);
    });

    it('answers to the queue that the sender named, with its correlation id', async () => {
      const { replyTo, seen } = await bus.answers();
      consuming(async () => done);
      await bus.send(aCommand({ replyTo, correlationId: 'c-1' }));
      expect(await answered(seen)).to.deep.equal([{ ...reply, correlationId: 'c-1' }]);
    });

    it('answers with the message id where no correlation id was given, and marks repeats', async () => {
      const { replyTo, seen } = await bus.answers();
      const empty: CommandReply = { status: 204, contentType: undefined, body: '', isRepeat: true };
      consuming(async () => ({ kind: 'done', reply: empty }));
      await bus.send(aCommand({ replyTo }));
      expect(await answered(seen)).to.deep.equal([{ ...empty, correlationId: 'order-17' }]);
    });

    it('drops and counts an answer that cannot be delivered, and the command counts as done', async () => {
      const { queue, has } = consuming(async () => done);
      await bus.send(aCommand({ replyTo: 'a-queue-that-is-gone' }));
      await has(1);
      await eventually('a dropped answer', async () => (bus.dropped() === 1 ? true : undefined));
      await queue.stop(GRACE_MS);
      expect([await bus.waiting(), await bus.dead()]).to.deep.equal([0, []]);
    });

    it('acknowledges what is done, so that it is never delivered again', async () => {
      const first = consuming(async () => done);
      await bus.send(aCommand());
      await first.has(1);
      await first.queue.stop(GRACE_MS);
      expect(await bus.waiting()).to.equal(0);
    });

    it('parks a message unchanged, with reason and description, and answers', async () => {
      const { replyTo, seen } = await bus.answers();
      consuming(async () => parked);
      await bus.send(aCommand({ replyTo, body: Buffer.from('{"address":') }));
      const [dead] = await deadLetters(1);
      expect(dead).to.include({
        type: 'integration.command.geocode',
        messageId: 'order-17',
        reason: 'invalid-input',
        detail: 'one value is not valid',
      });
      expect(dead?.headers).to.include({ management_company_id: 'uk_company_1' });
      expect(Buffer.from(dead?.body ?? []).toString()).to.equal('{"address":');
      expect((await answered(seen))[0]).to.include({ status: 422 });
    });

    it('reads and parks only the beginning of a body that is too large, and reports its size', async () => {
      const { seen } = consuming(async () => parked);
      const bodies = [Buffer.alloc(MOST_BODY_BYTES, 'a'), Buffer.alloc(MOST_BODY_BYTES + 1, 'a')];
      for (const [n, body] of bodies.entries()) await bus.send(aCommand({ messageId: `m-${n}`, body }));
      const dead = await deadLetters(2);
      for (const letters of [seen, dead]) {
        const sizes = letters.map(({ messageId, body, bodyBytes }) => [
          messageId,
          body.byteLength,
          bodyBytes,
        ]);
        expect(sizes).to.have.deep.members([
          ['m-0', MOST_BODY_BYTES, MOST_BODY_BYTES],
          ['m-1', KEPT_BODY_BYTES, MOST_BODY_BYTES + 1],
        ]);
      }
    });

    it('redelivers a message after each delay, until none is left', async () => {
      const times: number[] = [];
      const { seen } = consuming(async ({ retriesLeft }) => {
        times.push(performance.now());
        return retriesLeft > 0 ? retry : parked;
      });
      await bus.send(aCommand({ appId: 'request-service', correlationId: 'c-1' }));
      await deadLetters(1);
      expect(seen.map(({ retries }) => retries)).to.deep.equal([0, 1, 2, 3, 4]);
      expect(seen.map(({ retriesLeft }) => retriesLeft)).to.deep.equal([4, 3, 2, 1, 0]);
      const waits = times.slice(1).map((time, n) => time - (times[n] ?? 0));
      // A broker's timer may fire a millisecond or two early.
      for (const [n, wait] of waits.entries()) expect(wait).to.be.at.least((bus.delaysMs[n] ?? 0) - 3);
      for (const { messageId, type, appId, correlationId, returns, headers } of seen) {
        expect({ messageId, type, appId, correlationId, returns }).to.deep.equal({
          messageId: 'order-17',
          type: 'integration.command.geocode',
          appId: 'request-service',
          correlationId: 'c-1',
          returns: 0,
        });
        expect(headers['management_company_id']).to.equal('uk_company_1');
      }
    });

    it('redelivers a postponed message without counting it as an attempt', async () => {
      let deliveries = 0;
      const { seen, has } = consuming(async () => {
        deliveries += 1;
        if (deliveries === 1) return retry;
        return deliveries < 8 ? { kind: 'postponed' } : done;
      });
      await bus.send(aCommand());
      await has(8);
      expect(seen.map(({ retries }) => retries)).to.deep.equal([0, 1, 1, 1, 1, 1, 1, 1]);
    });

    it('keeps counting returns across a postponement, and starts anew after a settled attempt', async () => {
      // A process that died while handling it leaves a lease behind: until that expires, the message is postponed.
      const postponed: Settlement = { kind: 'postponed' };
      const settlements = [undefined, postponed, undefined, postponed, retry, done];
      const { seen, has } = consuming(async () => {
        const settlement = settlements[seen.length - 1];
        if (settlement === undefined) throw new Error('a bug');
        return settlement;
      });
      await bus.send(aCommand());
      await has(settlements.length);
      expect(seen.map(({ returns }) => returns)).to.deep.equal([0, 1, 1, 2, 2, 0]);
    });

    it('takes no messages while commands cannot be carried out, and all of them afterwards, with every attempt left', async () => {
      bus.away(true);
      const { queue, seen } = consuming(async () => done);
      for (const messageId of ['1', '2']) await bus.send(aCommand({ messageId }));
      await eventually('both in their queue', async () => ((await bus.waiting()) === 2 ? true : undefined));
      bus.away(false);
      await eventually('both', async () => (seen.length === 2 ? true : undefined));
      bus.away(true);
      bus.away(false);
      bus.away(true);
      await eventually('nobody who takes it', async () => {
        await bus.send(aCommand({ messageId: 'after' }));
        return (await bus.waiting()) > 0 ? true : undefined;
      });
      bus.away(false);
      await eventually('all', async () => ((await bus.waiting()) === 0 ? true : undefined));
      await queue.stop(GRACE_MS);
      expect(seen.slice(0, 2).map(({ messageId }) => messageId)).to.have.members(['1', '2']);
      expect(seen.map(({ retries }) => retries)).to.deep.equal(seen.map(() => 0));
    });

    it('never holds more messages than the prefetch allows', async () => {
      const { open, opened } = gate();
      let inHand = 0;
      let most = 0;
      const { has, queue } = consuming(async () => {
        most = Math.max(most, (inHand += 1));
        await opened;
        inHand -= 1;
        return done;
      }, 3);
      for (let n = 0; n < 10; n += 1) await bus.send(aCommand({ messageId: `m-${n}` }));
      await has(3);
      open();
      await has(10);
      await queue.stop(GRACE_MS);
      expect(most).to.equal(3);
    });

    it('never holds more messages than that either after it stopped and resumed consuming', async () => {
      const { open, opened } = gate();
      let inHand = 0;
      let most = 0;
      const { has, queue } = consuming(async () => {
        most = Math.max(most, (inHand += 1));
        await opened;
        inHand -= 1;
        return done;
      }, 3);
      for (let n = 0; n < 20; n += 1) await bus.send(aCommand({ messageId: `m-${n}` }));
      await has(3);
      for (const isAway of [true, false, true, false, true, false]) {
        bus.away(isAway);
        // By now it has every message that it may hold, as far as the bus shows.
        for (let looks = 0; looks < 20; looks += 1) await bus.waiting();
      }
      const waited = await bus.waiting();
      open();
      await has(20);
      await eventually('none that waits', async () => ((await bus.waiting()) === 0 ? true : undefined));
      await queue.stop(GRACE_MS);
      expect(most).to.equal(3);
      expect(waited, 'left for others').to.be.at.least(14);
    });

    it('distributes messages between consumers, each to one of them', async () => {
      // Each consumer holds its first message until the other has one too: on a busy machine one could finish all
      // before the other begins.
      const { open, opened } = gate();
      const together = async (): Promise<Settlement> => {
        if (one.seen.length > 0 && other.seen.length > 0) open();
        await opened;
        return done;
      };
      const one = consuming(together, 1);
      const other = consuming(together, 1);
      const sent = Array.from({ length: 40 }, (_, n) => `m-${n}`);
      for (const messageId of sent) await bus.send(aCommand({ messageId }));
      await eventually('all of them', async () =>
        one.seen.length + other.seen.length >= sent.length ? true : undefined,
      );
      await one.queue.stop(GRACE_MS);
      await other.queue.stop(GRACE_MS);
      const got = [...one.seen, ...other.seen].map(({ messageId }) => messageId);
      expect(new Set(got)).to.deep.equal(new Set(sent));
      expect(got).to.have.length(sent.length);
      expect(Math.min(one.seen.length, other.seen.length)).to.be.greaterThan(0);
    });

    it('finishes the messages it holds when it is stopped, and takes no new ones', async () => {
      const { replyTo, seen: answers } = await bus.answers();
      const { open, opened } = gate();
      const first = consuming(async () => {
        await opened;
        return done;
      }, 1);
      await bus.send(aCommand({ messageId: 'in-hand', replyTo }));
      await first.has(1);
      const stopped = first.queue.stop(GRACE_MS);
      await bus.send(aCommand({ messageId: 'too-late' }));
      await eventually('the one that is left', async () => ((await bus.waiting()) === 1 ? true : undefined));
      open();
      await stopped;
      expect(await answered(answers)).to.have.length(1);
      expect(first.seen.map(({ messageId }) => messageId)).to.deep.equal(['in-hand']);
      const second = consuming(async () => done);
      expect((await second.has(1)).map(({ messageId }) => messageId)).to.deep.equal(['too-late']);
      await second.queue.stop(GRACE_MS);
      expect(second.seen).to.have.length(1);
    });

    it('returns unsettled messages when the grace period is over, and ignores their later settlement', async () => {
      const { replyTo, seen: answers } = await bus.answers();
      const { open, opened } = gate();
      const first = consuming(async () => {
        await opened;
        return parked;
      });
      await bus.send(aCommand({ replyTo }));
      await first.has(1);
      await first.queue.stop(20);
      const second = consuming(async () => done);
      const [message] = await second.has(1);
      expect(message).to.include({ messageId: 'order-17', returns: 1, retries: 0 });
      open();
      await answered(answers);
      await second.queue.stop(GRACE_MS);
      expect(answers).to.deep.equal([{ ...reply, correlationId: 'order-17' }]);
      expect(await bus.dead()).to.deep.equal([]);
    });

    it('stops at once when it holds no message, also if it never consumed', async () => {
      await bus.queue().stop(NEVER_OVER_MS);
      const { queue, seen } = consuming(async () => done);
      await queue.stop(NEVER_OVER_MS);
      expect(seen).to.deep.equal([]);
    });

    it(`counts how often a message came back, and parks it after more than ${MOST_RETURNS} returns`, async () => {
      const { seen } = consuming(() => Promise.reject(new Error('a bug')));
      await bus.send(aCommand());
      const [dead] = await deadLetters(1);
      expect(seen.map(({ returns }) => returns)).to.deep.equal([0, 1, 2, 3, 4, 5]);
      expect(dead).to.include({ messageId: 'order-17', reason: 'delivery_limit' });
    });
  });
};
