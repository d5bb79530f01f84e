import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { LossReason } from '../../../../src/infrastructure/redis/connection/loss-reason.ts';
import { reasonOf } from '../../../../src/infrastructure/redis/connection/redis-away.ts';

describe('the reason of a lost connection to Redis', () => {
  let door: Server;
  let sut: LossReason;
  beforeEach(async () => {
    door = createServer().listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as AddressInfo;
    const target = {
      nodes: [{ host: '127.0.0.1', port }],
      isCluster: false,
      sentinel: undefined,
      tls: false,
    };
    sut = new LossReason({ target, monotonic: () => 0 });
    sut.met(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  });
  afterEach(() => door.close());

  it('is shared by all that ask for it while one connection is already being tried', async () => {
    const met = once(door, 'connection');
    const first = sut.listenAtTheDoor();
    const known = sut.listenAtTheDoor().then(() => reasonOf(sut.error));
    const [socket] = (await met) as [Socket];
    socket.end('-ERR max number of clients reached\r\n');
    await first;
    expect(await known).to.equal('max number of clients reached');
  });

  it('is forgotten with the next connection, also where somebody still listens for it', async () => {
    const met = once(door, 'connection');
    const heard = sut.listenAtTheDoor();
    const [socket] = (await met) as [Socket];
    sut.forget();
    socket.end('-ERR max number of clients reached\r\n');
    await heard;
    expect(sut.error).to.equal(undefined);
  });
});
