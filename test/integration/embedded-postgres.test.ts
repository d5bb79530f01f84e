import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Client } from 'pg';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/infrastructure/embedded/embedded-postgres.ts';
import { skipBecause } from '../support/skip-because.ts';
import { testFolder } from '../support/test-folder.ts';

const OWNER = fileURLToPath(new URL('../support/postgres-owner.ts', import.meta.url));

const query = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

const failureOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const until = async (happened: () => boolean, limitMs: number): Promise<boolean> => {
  const deadline = performance.now() + limitMs;
  while (!happened() && performance.now() < deadline) await pause(10);
  return happened();
};

/**
 * The ids of the processes whose working folder this is, as the data folder is for every process of PostgreSQL (Linux).
 */
const processesIn = (folder: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });

const takesConnections = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

describe('startEmbeddedPostgres', () => {
  const linux = process.platform === 'linux';
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let dataDir = '';
  let servers: EmbeddedPostgres[] = [];
  let owners: ChildProcess[] = [];

  const start = async (
    options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {},
  ): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres({ dataDir, ...options });
    servers.push(server);
    return server;
  };

  const startOwner = (...args: string[]): ChildProcess => {
    const owner = spawn(process.execPath, [OWNER, dataDir, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    owners.push(owner);
    return owner;
  };

  const answerOf = async (owner: ChildProcess): Promise<string> => {
    const [line] = (await once(createInterface({ input: owner.stdout! }), 'line')) as [string];
    return line;
  };

  const kill = async (owner: ChildProcess): Promise<void> => {
    const gone = once(owner, 'exit');
    owner.kill('SIGKILL');
    await gone;
  };

  before(async () => {
    folder = await testFolder();
  });
  beforeEach(() => {
    dataDir = join(folder.path, `папка ${Math.random().toString(36).slice(2)}`, 'postgres');
  });
  afterEach(async () => {
    for (const owner of owners) if (owner.exitCode === null && owner.signalCode === null) await kill(owner);
    for (const server of servers) await server.stop();
    if (linux) await until(() => processesIn(dataDir).length === 0, 10_000);
    [servers, owners] = [[], []];
  });
  after(() => folder.remove());

  describe('the first start', () => {
    it('reports when its processes have been started, so that the caller can use the waiting time', async () => {
      const told: string[] = [];
      const onUnderWay = (): void => void told.push(existsSync(dataDir) ? 'server' : 'initdb');
      await start({ onUnderWay });
      expect(told).to.deep.equal(['initdb', 'server']);
    });

    it('creates a durable server that listens on loopback only', async () => {
      const { url } = await start();
      const settings = await query(
        url,
        `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes',
         'listen_addresses', 'server_encoding', 'lc_collate', 'autovacuum', 'TimeZone') order by name`,
      );
      expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).to.deep.equal({
        TimeZone: 'UTC',
        autovacuum: 'on',
        fsync: 'on',
        full_page_writes: 'on',
        listen_addresses: '127.0.0.1',
        server_encoding: 'UTF8',
        synchronous_commit: 'on',
      });
      expect(await query(url, `select datcollate from pg_database where datname = 'postgres'`)).to.deep.equal(
        [{ datcollate: 'C' }],
      );
    });

    it('stores a random password beside the data, readable only by its owner, and admits nobody without it', async () => {
      const { url } = await start();
      const wrong = new URL(url);
      const file = `${dataDir}.password`;
      expect(readFileSync(file, 'utf8').trim()).to.equal(wrong.password).and.to.have.lengthOf(48);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      wrong.password = 'guess';
      expect(await failureOf(query(wrong.href, 'select 1'))).to.include('password authentication failed');
      wrong.password = '';
      expect(await failureOf(query(wrong.href, 'select 1'))).to.match(/password/);
    });

    it('leaves nothing unfinished behind', async () => {
      await start();
      expect((await readdir(join(dataDir, '..'))).sort()).to.deep.equal([
        'postgres',
        'postgres.lock',
        'postgres.password',
      ]);
    });

    it('is resumed after a kill -9 in the middle', async () => {
      const parent = dataDir;
      const killedInTheMiddle = async (time: number): Promise<boolean> => {
        dataDir = join(parent, String(time));
        const owner = startOwner();
        await until(() => existsSync(join(`${dataDir}.unfinished`, 'base')), 60_000);
        await kill(owner);
        return !existsSync(dataDir);
      };
      // It takes less than a second, and this process may be delayed for as long.
      let isInTime = false;
      for (let time = 1; time <= 5 && !isInTime; time += 1) isInTime = await killedInTheMiddle(time);
      expect(isInTime).to.equal(true);
      const { url } = await start();
      expect(await query(url, 'select 1 as one')).to.deep.equal([{ one: 1 }]);
      expect(existsSync(`${dataDir}.unfinished`)).to.equal(false);
    });

    it('refuses a folder that contains something else, and leaves it unchanged', async () => {
      await mkdir(dataDir, { recursive: true });
      await writeFile(join(dataDir, 'thesis.txt'), 'three years of work');
      expect(await failureOf(start())).to.include('holds something that is not a database');
      expect(await readFile(join(dataDir, 'thesis.txt'), 'utf8')).to.equal('three years of work');
    });
  });

  describe('a later start', () => {
    it('finds what was written before an orderly stop', async () => {
      const first = await start();
      await query(first.url, 'create table kept as select 42 as answer');
      await Promise.all([first.stop(), first.stop()]);
      expect(await takesConnections(first.url)).to.equal(false);
      const second = await start();
      expect([first, second].map(({ isNew }) => isNew)).to.deep.equal([true, false]);
      expect(await query(second.url, 'select answer from kept')).to.deep.equal([{ answer: 42 }]);
    });

    it("is not misled when a crashed server's process id now belongs to another program", async function () {
      if (!linux) skipBecause(this, 'Linux alone');
      const crashed = await start();
      const pidFile = join(dataDir, 'postmaster.pid');
      const left = readFileSync(pidFile, 'utf8');
      process.kill(crashed.pid, 'SIGKILL');
      await crashed.exited;
      await until(() => processesIn(dataDir).length === 0, 10_000);
      await writeFile(pidFile, left.replace(/^\d+/, String(process.pid)));
      const { url } = await start();
      expect(await query(url, 'select 1 as one')).to.deep.equal([{ one: 1 }]);
    });

    it('reports why it cannot read its files, and creates none beside them', async function () {
      if (!linux) skipBecause(this, 'Linux alone');
      await (await start()).stop();
      await rename(dataDir, `${dataDir}.real`);
      // This error occurs for root too; after `sudo npm start` it would be EACCES.
      await symlink(dataDir, dataDir);
      expect(await failureOf(start())).to.match(/^ELOOP: .*PG_VERSION/);
      expect(await readdir(join(dataDir, '..'))).to.not.include('postgres.unfinished');
    });

    it('says what to do with the files of another version of PostgreSQL', async () => {
      await (await start()).stop();
      await writeFile(join(dataDir, 'PG_VERSION'), '17\n');
      expect(await failureOf(start())).to.match(/initialized by PostgreSQL version 17[^]*another DATA_DIR/);
    });

    it('reports why the server ended, however much it logged before and after', async () => {
      await (await start()).stop();
      const binaries = join(dataDir, '..', 'binaries');
      const told = Array.from({ length: 12 }, (_, n) => `LOG:  line ${n}`);
      const lines = [...told, 'FATAL:  could not write: No space left on device', ...told].join('\n');
      await mkdir(binaries);
      // Output of a real server on a full disk, which only root could fill.
      const script = `#!/bin/sh\n[ "$1" = -V ] && exit\ncat >&2 <<'END'\n${lines}\nEND\nexit 1\n`;
      await writeFile(join(binaries, 'postgres'), script, { mode: 0o755 });
      expect(await failureOf(start({ binaries }))).to.match(
        /did not start:\nFATAL: {2}could not write: No space left on device\nMake room on the disk of DATA_DIR/,
      );
    });

    it('refuses a password file that others may read', async () => {
      await (await start()).stop();
      await chmod(`${dataDir}.password`, 0o644);
      expect(await failureOf(start())).to.include('chmod 600');
    });

    it('refuses a fixed port that is in use, and releases the folder', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      expect(await failureOf(start({ port }))).to.match(/did not start[^]*Address already in use/);
      taken.close();
      expect(new URL((await start({ port })).url).port).to.equal(String(port));
    });
  });

  describe('two on one folder', () => {
    it('tells a second process at once who uses it, and does not disturb the first', async () => {
      const { url } = await start();
      const began = performance.now();
      const answer = await answerOf(startOwner());
      expect(answer).to.match(/^failed .* is already in use by process \d+/);
      expect(answer).to.include(`process ${process.pid}`).and.include('DATA_DIR');
      // It waits ten seconds for a process that is about to end.
      expect(performance.now() - began).to.be.lessThan(9_000);
      expect(await query(url, 'select 1 as one')).to.deep.equal([{ one: 1 }]);
    });

    it('admits one of two processes that start together on a new folder', async () => {
      const outcomes = await Promise.allSettled([start(), start()]);
      expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    });
  });

  describe('the end of the process that owns it', () => {
    it('by kill -9 leaves no process within 5 s and loses no committed row', async function () {
      if (!linux) skipBecause(this, 'Linux alone');
      const owner = startOwner();
      const url = (await answerOf(owner)).replace('ready ', '');
      const session = new Client({ connectionString: url });
      session.on('error', () => undefined);
      await session.connect();
      await session.query('create table kept as select 42 as answer');
      expect(processesIn(dataDir)).not.to.deep.equal([]);
      await kill(owner);
      expect(await until(() => processesIn(dataDir).length === 0, 5_000)).to.equal(true);
      expect(await query((await start()).url, 'select answer from kept')).to.deep.equal([{ answer: 42 }]);
    });

    it('by kill -9 does not hinder a start right after it', async function () {
      if (!linux) skipBecause(this, 'Linux alone');
      const owner = startOwner();
      await answerOf(owner);
      await kill(owner);
      expect(await query((await start()).url, 'select 1 as one')).to.deep.equal([{ one: 1 }]);
    });

    it('is not delayed by the server, which ends with it', async () => {
      const owner = startOwner('leave');
      const url = (await answerOf(owner)).replace('ready ', '');
      if (owner.exitCode === null) await once(owner, 'exit');
      expect(owner.exitCode).to.equal(0);
      if (linux) expect(await until(() => processesIn(dataDir).length === 0, 5_000)).to.equal(true);
      expect(await takesConnections(url)).to.equal(false);
    });
  });

  it('stops although a client stays connected', async () => {
    const server = await start();
    const session = new Client({ connectionString: server.url });
    const cutOff = new Promise((resolve) => session.on('error', resolve));
    await session.connect();
    await Promise.all([server.stop(), cutOff]);
    await server.exited;
    expect(await takesConnections(server.url)).to.equal(false);
  });

  it('logs what the server logs, but nothing from the text of statements', async () => {
    const lines: string[] = [];
    const { url } = await start({ logger: (line) => lines.push(line) });
    expect(lines.join('\n')).to.include('ready to accept connections');
    await query(url, 'create table once (value text primary key)');
    await query(url, `insert into once values ('planted-secret')`);
    expect(await failureOf(query(url, `insert into once values ('planted-secret')`))).to.include('duplicate');
    expect(await failureOf(query(url, `select 'planted-secret'::uuid`))).to.include('planted-secret');
    await servers[0]?.stop();
    expect(lines.join('\n')).not.to.include('planted-secret').and.not.include(new URL(url).password);
  });

  it('runs as root even where user namespaces are forbidden, and changes the user back', async function () {
    if (!linux || process.getuid?.() !== 0) skipBecause(this, 'for root on Linux');
    await query((await start()).url, 'create table kept as select 42 as answer');
    await servers.pop()?.stop();
    const refusing = join(folder.path, 'refusing');
    await mkdir(refusing, { recursive: true });
    await writeFile(join(refusing, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const path = process.env['PATH'];
    process.env['PATH'] = `${refusing}:${path}`;
    try {
      const asNobody = await start();
      expect(await query(asNobody.url, 'select answer from kept')).to.deep.equal([{ answer: 42 }]);
      expect(statSync(dataDir).uid).to.equal(65_534);
      await asNobody.stop();
    } finally {
      process.env['PATH'] = path;
    }
    expect(await query((await start()).url, 'select answer from kept')).to.deep.equal([{ answer: 42 }]);
  });

  it('runs for a user without a name, as a container may be given one', async function () {
    if (!linux || process.getuid?.() !== 0) skipBecause(this, 'for root on Linux');
    // Outside of this namespace the user is root, who may read a project below /root.
    const asNumber = ['-U', '--map-user=12345', '--map-group=12345', process.execPath, OWNER, dataDir];
    const owner = spawn('unshare', asNumber, { stdio: ['ignore', 'pipe', 'inherit'] });
    owners.push(owner);
    const answer = await answerOf(owner);
    expect(answer).to.match(/^ready /);
    expect(await query(answer.replace('ready ', ''), 'select 1 as one')).to.deep.equal([{ one: 1 }]);
    await kill(owner);
    expect(await until(() => processesIn(dataDir).length === 0, 5_000)).to.equal(true);
  });
});
