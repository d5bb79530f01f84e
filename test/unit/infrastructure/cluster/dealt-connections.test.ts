import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { untakenBy } from '../../../../src/infrastructure/cluster/dealt-connections.ts';

/** A worker as its primary sees it; what is sent to it goes nowhere. */
const aWorker = () => {
  const sent: unknown[] = [];
  const send = (message: unknown): boolean => sent.push(message) > 0;
  const worker = Object.assign(new EventEmitter(), { send }) as unknown as ChildProcess;
  return { worker, sent };
};
const aConnection = () => {
  let closed = 0;
  return { handle: { close: () => void (closed += 1) }, closed: () => closed };
};
/** As Node's primary passes a connection to a worker. */
const deal = (worker: ChildProcess, seq: number, handle: object): boolean =>
  worker.send({ cmd: 'NODE_CLUSTER', act: 'newconn', key: 'port', seq }, handle as never);
const acknowledge = (worker: ChildProcess, ack: number): boolean =>
  worker.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: true });

describe('connections dealt to a worker', () => {
  it('are closed with it when it has not taken them, once', () => {
    const { worker, sent } = aWorker();
    const closeUntaken = untakenBy(worker);
    const [taken, untaken] = [aConnection(), aConnection()];
    expect([deal(worker, 1, taken.handle), deal(worker, 2, untaken.handle)]).to.deep.equal([true, true]);
    acknowledge(worker, 1);
    closeUntaken();
    closeUntaken();
    expect([taken.closed(), untaken.closed()]).to.deep.equal([0, 1]);
    expect(sent).to.have.length(2);
  });

  it('are distinguished from other messages, and from handles of other types', () => {
    const { worker, sent } = aWorker();
    const closeUntaken = untakenBy(worker);
    const listening = aConnection();
    worker.send({ cmd: 'NODE_CLUSTER', act: 'listening', seq: 1 }, listening.handle as never);
    worker.send({ kind: 'leave' });
    deal(worker, 2, {});
    closeUntaken();
    expect(listening.closed()).to.equal(0);
    expect(sent).to.have.length(3);
  });
});
