import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import { turnedOut } from '../../../../src/infrastructure/rabbitmq/turned-out.ts';

const NOT_ALLOWED = Object.assign(new Error('NOT_ALLOWED'), { code: 530 });
const FORCED = Object.assign(new Error('CONNECTION_FORCED'), { code: 320 });
const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

describe('connections that the broker ends over the first things done there', () => {
  const rig = () => {
    const pauses: (() => void)[] = [];
    const connections = turnedOut(() => new Promise((resolve) => void pauses.push(resolve)));
    let told = 0;
    return {
      connections,
      told: () => told,
      open: () => connections.opened(() => void (told += 1)),
      later: async () => {
        for (const over of pauses) over();
        await setImmediate();
      },
    };
  };

  it('are counted, and told of again when one has stayed', async () => {
    const { connections, told, open, later } = rig();
    for (let n = 0; n < 3; n += 1) {
      open();
      connections.ended(NOT_ALLOWED);
    }
    expect([connections.inARow(), told()]).to.deep.equal([3, 1]);
    open();
    expect(told()).to.equal(1);
    await later();
    expect([connections.inARow(), told()]).to.deep.equal([0, 2]);
  });

  it('are not those that it ends after they have stayed', async () => {
    const { connections, told, open, later } = rig();
    open();
    await later();
    connections.ended(NOT_ALLOWED);
    open();
    expect([connections.inARow(), told()]).to.deep.equal([0, 2]);
  });

  it('are not those of a broker that is stopped, or lost, or lets nobody in', () => {
    const { connections, told, open } = rig();
    for (const reason of [FORCED, RESET]) {
      open();
      connections.ended(reason);
    }
    connections.ended(NOT_ALLOWED);
    open();
    expect([connections.inARow(), told()]).to.deep.equal([0, 3]);
  });

  it('are not the one that is closed here', async () => {
    const { connections, told, open, later } = rig();
    open();
    connections.ended(NOT_ALLOWED);
    open();
    connections.closed();
    await later();
    expect(told()).to.equal(1);
  });
});
