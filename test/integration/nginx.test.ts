import { expect } from 'chai';
import type { Context } from 'mocha';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { debianProgram } from '../support/debian-program.ts';
import { freePorts } from '../support/free-ports.ts';
import { heldServer, type HeldServer } from '../support/held-server.ts';
import { skipBecause } from '../support/skip-because.ts';
import { testFolder } from '../support/test-folder.ts';
import { eventually } from '../support/until.ts';

const CONFIG = readFileSync(new URL('../../ops/nginx/nginx.conf', import.meta.url), 'utf8');
const COMPOSE = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
/** The path that every replica answers with 503, as for a caller without a provider. */
const UNAVAILABLE = '/geocoding/geocode?without-provider';

/** Answers with its name, except for the caller that no replica can serve. */
const aReplica = async (name: string): Promise<Server> => {
  const server = createServer((req, res) => {
    res.statusCode = req.url === UNAVAILABLE ? 503 : 200;
    res.end(name);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

/** The configuration adapted to this machine: the nginx of Debian is too old to resolve names again. */
const configFor = (folder: string, port: number, replicas: readonly number[]): string =>
  replicas
    .reduce(
      (text, replica, n) => text.replaceAll(`integration-${n + 1}:8006`, `127.0.0.1:${replica}`),
      CONFIG,
    )
    .replaceAll(' resolve ', ' ')
    .replace('listen 8006;', `listen 127.0.0.1:${port};`)
    .replace('/var/run/nginx.pid', join(folder, 'pid'))
    .replaceAll('/dev/stderr', join(folder, 'errors'))
    .replace(
      'http {',
      `http {\n  client_body_temp_path ${folder}/bodies;\n  proxy_temp_path ${folder}/answers;`,
    );

/** With only the capabilities that compose leaves to the container, where capabilities can be dropped. */
const asInCompose = (args: readonly string[]): ChildProcess => {
  const { proxy } = (parse(COMPOSE, { merge: true }) as { services: { proxy: { cap_add: string[] } } })
    .services;
  const kept = ['-all', ...proxy.cap_add.map((capability) => `+${capability.toLowerCase()}`)].join();
  const restricted = ['--no-new-privs', '--inh-caps=-all', `--bounding-set=${kept}`, 'nginx'];
  return process.getuid?.() === 0
    ? spawn('setpriv', [...restricted, ...args], { stdio: 'ignore' })
    : spawn('nginx', args, { stdio: 'ignore' });
};

type Proxy = {
  readonly url: string;
  readonly post: (path: string) => Promise<number>;
  readonly errors: () => string;
  readonly stop: () => Promise<void>;
  /** Leaves no space in which a body could be buffered. */
  readonly loseRoom: () => Promise<void>;
};

/** Starts on a port that was free a moment ago. `undefined`: another process has taken it, and nginx ended. */
const startedOn = async (port: number, folder: string, replicas: readonly number[]) => {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configFor(folder, port, replicas));
  const nginx = asInCompose(['-c', file, '-g', 'daemon off;']);
  // It writes its pid file once the port is its own: until then another program may answer there.
  const isOurs = () => existsSync(join(folder, 'pid'));
  const hasEnded = () => nginx.exitCode !== null || nginx.signalCode !== null;
  const answers = () => fetch(`http://127.0.0.1:${port}/metrics`).then(() => true as const);
  const state = await eventually('nginx answers', async () =>
    hasEnded() ? 'ended' : isOurs() ? answers().catch(() => undefined) : undefined,
  );
  return state === 'ended' ? undefined : nginx;
};

const nginxBefore = async (replicas: readonly number[], attempts = 3): Promise<Proxy> => {
  const folder = await testFolder();
  const [port = 0] = await freePorts(1);
  const nginx = await startedOn(port, folder.path, replicas);
  const errors = (): string => readFileSync(join(folder.path, 'errors'), 'utf8');
  if (nginx === undefined) {
    const complaint = errors();
    folder.remove();
    if (attempts <= 1) throw new Error(`nginx ended: ${complaint}`);
    return nginxBefore(replicas, attempts - 1);
  }
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    post: async (path) => {
      const answer = await fetch(url + path, { method: 'POST', body: '{}' });
      await answer.arrayBuffer();
      return answer.status;
    },
    errors,
    stop: async () => {
      if (nginx.kill('SIGTERM')) await once(nginx, 'exit');
      folder.remove();
    },
    loseRoom: () => rm(join(folder.path, 'bodies'), { recursive: true }),
  };
};

const foundNginx = async function (this: Context): Promise<void> {
  try {
    await debianProgram('nginx', '-v');
  } catch (error) {
    skipBecause(this, error instanceof Error ? error.message : String(error));
  }
};

describe('nginx before two replicas that are gone', () => {
  let replicas: HeldServer[] = [];
  let proxy: Proxy | undefined;
  before(foundNginx);
  before(async () => {
    replicas = await Promise.all([heldServer(), heldServer()]);
    proxy = await nginxBefore(replicas.map(({ port }) => port));
  });
  after(async () => {
    await proxy?.stop();
    await Promise.all(replicas.map(({ stop }) => stop()));
  });

  it('retries a request that reached neither, even one that is otherwise not retried', async () => {
    const answer = proxy?.post('/sheets/s/values/A1/append');
    // One of them is available again while the other is still marked as failed for a second.
    const port = await eventually(
      'the first to be given up',
      async () => /timed out.*upstream: "http:\/\/127\.0\.0\.1:(\d+)/.exec(proxy?.errors() ?? '')?.[1],
    );
    replicas.find((replica) => replica.port === Number(port))?.letGo();
    expect(await answer).to.equal(200);
  });
});

describe('nginx before two replicas', () => {
  before(foundNginx);
  let replicas: Server[] = [];
  let proxy: Proxy | undefined;
  let [url, post]: [string, Proxy['post']] = ['', async () => 0];
  before(async () => {
    replicas = await Promise.all(['one', 'two'].map(aReplica));
    proxy = await nginxBefore(replicas.map((replica) => (replica.address() as AddressInfo).port));
    ({ url, post } = proxy);
  });
  after(async () => {
    await proxy?.stop();
    for (const replica of replicas) replica.close();
  });

  it('does not take the replicas out of use because one caller gets 503', async () => {
    const heard: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      expect(await post(UNAVAILABLE)).to.equal(503);
      for (let other = 0; other < 4; other += 1) heard.push(await post('/geocoding/geocode'));
    }
    expect(new Set(heard)).to.deep.equal(new Set([200]));
  });

  it('exposes no metrics of a replica, however their path is written', async () => {
    const heard = await Promise.all(
      ['', '/', '//', '?x', '/?x', '%2F', '/a'].map(async (end) => {
        const answer = await fetch(`${url}/metrics${end}`);
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect(new Set(heard)).to.deep.equal(new Set([404]));
  });

  it('writes no webhook token into its log, whatever it logs about a request', async () => {
    const large = { method: 'POST', body: 'x'.repeat(200_000) };
    for (const path of ['/sheets/named-in-the-log', '/webhooks/in/whk_secret', '/webhooks/in/%77hk_secret/'])
      await (await fetch(url + path, large)).arrayBuffer();
    expect(proxy?.errors()).to.contain('named-in-the-log').and.to.not.contain('hk_secret');
  });

  it('says when to retry if there is no space for a body, and still accepts small ones', async () => {
    const full = await nginxBefore(replicas.map((replica) => (replica.address() as AddressInfo).port));
    await full.loseRoom();
    const answer = await fetch(`${full.url}/webhooks/in/t`, { method: 'POST', body: 'x'.repeat(200_000) });
    await answer.arrayBuffer();
    const small = await full.post('/webhooks/in/t');
    await full.stop();
    expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(small).to.equal(200);
  });

  it('asks the other replica when one is gone, even for requests that are not retried', async () => {
    const [gone] = replicas;
    gone?.closeAllConnections();
    gone?.close();
    const heard: number[] = [];
    for (let call = 0; call < 10; call += 1) heard.push(await post('/sheets/s/values/A1/append'));
    expect(new Set(heard)).to.deep.equal(new Set([200]));
  });

  it('does not repeat a request that a replica may have begun', async () => {
    const begun: string[] = [];
    replicas[1]?.removeAllListeners('request').on('request', ({ url: path = '', socket }) => {
      begun.push(path);
      socket.destroy();
    });
    expect(await post('/sheets/s/values/A1/append')).to.equal(502);
    expect(begun).to.deep.equal(['/sheets/s/values/A1/append']);
  });
});
