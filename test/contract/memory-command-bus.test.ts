import { expect } from 'chai';
import { MemoryCommandBus, type ReceivedAnswer } from '../../src/infrastructure/memory/memory-command-bus.ts';
import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { commandMeans } from '../support/command-means.ts';
import { eventually } from '../support/until.ts';
import { commandQueueContract } from './command-queue.contract.ts';

const delaysMs = [20, 30, 40, 50];

const aBus = (onAnswerDropped: () => void = () => undefined, means = commandMeans()): MemoryCommandBus =>
  new MemoryCommandBus({
    means,
    retryDelaysMs: delaysMs,
    sleep: systemSleep,
    onAnswerDropped,
    onNotSettled: () => undefined,
  });

commandQueueContract('MemoryCommandBus', async () => {
  let dropped = 0;
  const means = commandMeans();
  const bus = aBus(() => (dropped += 1), means);
  const queues: ReturnType<MemoryCommandBus['queue']>[] = [];
  return {
    delaysMs,
    queue: (prefetch = 16) => {
      const queue = bus.queue(prefetch);
      queues.push(queue);
      return queue;
    },
    send: async (command) => bus.send(command),
    answers: async () => {
      const seen: ReceivedAnswer[] = [];
      bus.listen('answers', (answer) => void seen.push(answer));
      return { replyTo: 'answers', seen };
    },
    dead: async () => bus.dead,
    waiting: async () => bus.waiting,
    away: means.away,
    dropped: () => dropped,
    close: async () => void (await Promise.all(queues.map((queue) => queue.stop(100)))),
  };
});

describe('MemoryCommandBus', () => {
  it('keeps the newest thousand dead letters', async () => {
    const bus = aBus();
    const reply = { status: 400, contentType: undefined, body: '', isRepeat: false };
    const queue = bus.queue(16);
    queue.consume(async () => ({ kind: 'parked', reason: 'r', detail: 'd', reply }));
    for (let n = 0; n < 1_003; n += 1) bus.send({ messageId: `m-${n}`, body: Buffer.alloc(0) });
    await eventually('the last', async () => (bus.dead.at(-1)?.messageId === 'm-1002' ? true : undefined));
    await queue.stop(1_000);
    expect(bus.dead).to.have.length(1_000);
    expect(bus.dead[0]?.messageId).to.equal('m-3');
  });

  it('does not answer a subscriber that has unsubscribed', async () => {
    let dropped = 0;
    const bus = aBus(() => (dropped += 1));
    const end = bus.listen('answers', () => expect.fail('ended'));
    end();
    const queue = bus.queue(1);
    const reply = { status: 200, contentType: undefined, body: '', isRepeat: false };
    queue.consume(async () => ({ kind: 'done', reply }));
    bus.send({ replyTo: 'answers', body: Buffer.alloc(0) });
    await eventually('the dropped answer', async () => (dropped === 1 ? true : undefined));
    await queue.stop(1_000);
  });
});
