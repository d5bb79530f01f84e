import { expect } from 'chai';
import { Redis } from 'ioredis';
import { spawnSync } from 'node:child_process';
import { openRedis } from '../../support/redis-rig.ts';
import { startRedis, type PrivateRedis } from '../../support/redis-server.ts';

/** Longer than a connection may be silent. */
const HELD_UP_MS = 1_500;

/** Ends this long after the server has answered the client that asked for a key. */
const WATCHER = `const [port, ms] = process.argv.slice(1).map(Number);
const socket = require('node:net').connect(port, '127.0.0.1');
const look = () => socket.write('INFO commandstats\\r\\n');
socket.on('data', (said) => {
  if (/cmdstat_get:/.test(said)) setTimeout(() => process.exit(), ms);
  else setTimeout(look, 10);
});
look();`;

/** Blocks this process: nothing is read meanwhile, and no timer fires. */
const heldUpWithAnswers = ({ port }: PrivateRedis): void => {
  const args = ['--eval', WATCHER, String(port), String(HELD_UP_MS)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the process that watches Redis ended with ${status}`);
};

describe('RedisConnection in a process that is stalled while Redis works', () => {
  let server: PrivateRedis;
  let direct: Redis;
  before(async () => {
    server = await startRedis();
    direct = new Redis(server.url);
  });
  after(async () => {
    direct.disconnect();
    await server.stop();
  });
  const connections = async (): Promise<readonly string[]> =>
    String(await direct.client('LIST')).match(/^id=\d+(?=.* name=integration-service )/gm) ?? [];

  it('reads what arrived meanwhile, and keeps its connection', async () => {
    const told: string[] = [];
    const redis = await openRedis(server.url, 'test:', {
      commandTimeoutMs: 50,
      onAway: ({ reason }) => told.push(`away: ${reason}`),
      onFailed: (operation) => told.push(`failed: ${operation}`),
    });
    const before = await connections();
    told.length = 0;
    const asked = Array.from({ length: 20 }, () => redis.run('get', (client) => client.get('test:key')));
    heldUpWithAnswers(server);
    expect(await Promise.all(asked)).to.deep.equal(asked.map(() => null));
    expect(told).to.deep.equal([]);
    expect(await connections())
      .to.deep.equal(before)
      .and.have.length(1);
    await redis.close();
  });
});
