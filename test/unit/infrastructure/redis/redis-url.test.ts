import { expect } from 'chai';
import { isLeft, left } from '../../../../src/domain/shared/fp.ts';
import {
  parseRedisUrl,
  type RedisTarget,
} from '../../../../src/infrastructure/redis/connection/redis-url.ts';

const target = (text: string): RedisTarget => {
  const parsed = parseRedisUrl(text);
  if (isLeft(parsed)) throw new Error(parsed.left);
  return parsed.right;
};
const isRefused = (text: string): boolean => isLeft(parseRedisUrl(text));

describe('the URL of Redis', () => {
  it('names a server, with the standard port and database if it gives no other', () => {
    const nobody = { username: undefined, password: undefined };
    const plain = { isCluster: false, sentinel: undefined, tls: false, ...nobody, database: 0 };
    expect(target('redis://cache')).to.deep.equal({ ...plain, nodes: [{ host: 'cache', port: 6379 }] });
    expect(target('redis://[::1]:7000/3')).to.deep.equal({
      ...plain,
      nodes: [{ host: '::1', port: 7000 }],
      database: 3,
    });
  });

  it('carries user and password, percent-encoded, and TLS', () => {
    const { username, password, tls } = target('rediss://app:p%40ss%2F:word@cache:6380');
    expect([username, password, tls]).to.deep.equal(['app', 'p@ss/:word', true]);
    const withoutUser = target('redis://:secret@cache');
    expect([withoutUser.username, withoutUser.password]).to.deep.equal([undefined, 'secret']);
  });

  it('means a cluster when it says so or names several hosts', () => {
    expect(target('redis://one:7000?cluster=true').isCluster).to.equal(true);
    const several = target('redis://:secret@one:7000,two,three:7002/');
    expect([several.isCluster, several.password]).to.deep.equal([true, 'secret']);
    expect(several.nodes.map(({ host, port }) => `${host}:${port}`)).to.deep.equal([
      'one:7000',
      'two:6379',
      'three:7002',
    ]);
  });

  it('names Sentinels, the master they watch, and how they know us', () => {
    const { nodes, ...rest } = target('rediss://app:word@one,two:26380/2?sentinel=main');
    expect(nodes.map(({ host, port }) => `${host}:${port}`)).to.deep.equal(['one:26379', 'two:26380']);
    expect(rest).to.deep.equal({
      isCluster: false,
      sentinel: { master: 'main', username: undefined, password: undefined },
      tls: true,
      username: 'app',
      password: 'word',
      database: 2,
    });
    expect(
      target('redis://one?sentinel=main&sentinel_username=us&sentinel_password=p%40ss').sentinel,
    ).to.deep.equal({ master: 'main', username: 'us', password: 'p@ss' });
  });

  it('is refused with a parameter that would not be heeded', () => {
    const detail = (query: string): unknown => parseRedisUrl(`redis://one/0?${query}`);
    for (const query of ['tsl=true', 'tls=true', 'Cluster=true', 'cluster=true&db=2', 'hunter2'])
      expect(detail(query)).to.deep.equal(
        left(
          'no parameters but cluster, sentinel, sentinel_username, sentinel_password; TLS is asked for by rediss://',
        ),
      );
    expect(detail('cluster=yes')).to.deep.equal(left('cluster is true or false'));
    expect(detail('sentinel=a&sentinel=b')).to.deep.equal(left('each parameter once'));
    for (const query of ['sentinel_password=p', 'cluster=false&sentinel_username=u'])
      expect(detail(query)).to.deep.equal(left('sentinel_username and sentinel_password go with sentinel'));
    expect(target('redis://one?cluster=false').isCluster).to.equal(false);
    expect(isRefused('redis://one?')).to.equal(false);
  });

  it('is refused without quoting it when it cannot be read', () => {
    const wrong = [
      'http://cache',
      'redis://',
      'cache:6379',
      'redis://one:x',
      'redis://%zz:1@one',
      'redis://a,b/2',
      'redis://a?sentinel=',
      'redis://a?sentinel=main&cluster=true',
      'redis+sentinel://a/main',
    ];
    expect(wrong.filter((text) => !isRefused(text))).to.deep.equal([]);
    const parsed = parseRedisUrl('redis://:planted-password@one:x');
    expect(JSON.stringify(parsed)).not.to.include('planted-password');
  });
});
