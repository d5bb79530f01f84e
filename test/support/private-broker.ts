import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { quicklyFoundCode } from './broker-code.ts';
import { freePorts } from './free-ports.ts';
import { testFolder } from './test-folder.ts';

/** A RabbitMQ owned by one test, which can be killed, frozen and restarted with its data. */
export type PrivateBroker = {
  readonly url: string;
  readonly port: number;
  /** After `stop` or `kill`: starts it on the same port with the same data. */
  readonly start: () => Promise<void>;
  /** An orderly shutdown. */
  readonly stop: () => Promise<void>;
  /**
   * kill -9, after the node has written its list of quorum queues to disk (one second). It writes each half a second
   * after its declaration; a queue missing from the list comes back empty and without a leader, permanently (seen with
   * 3.10.8).
   */
  readonly kill: () => Promise<void>;
  /** Frozen: connections stay open and nothing answers. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Runs `rabbitmqctl` with these arguments (1 s each: it starts its own Erlang VM). Resolves with its output. */
  readonly ctl: (...args: readonly string[]) => Promise<string>;
  /** Stops it and removes its data. */
  readonly dispose: () => Promise<void>;
};

/** Debian's scripts in this folder run as the current user; those in /usr/sbin switch the user. */
const BINARIES = '/usr/lib/rabbitmq/bin';
const READY = /Server startup complete|completed with \d+ plugins/;
/** The time limit of a suite's hook. On a busy machine a start takes longer than a minute. */
const START_TIMEOUT_MS = 170_000;
const NOT_READY = `not ready after ${START_TIMEOUT_MS} ms`;
const KEPT_OUTPUT = 4_000;
/** One of these tables records which files belong to which queue; its name is internal to the broker. */
const WRITE_DOWN_QUEUES = '[ok = dets:sync(Table) || Table <- dets:all()].';

type Ports = { readonly amqp: number; readonly distribution: number; readonly epmd: number };

const settings = (port: number): string =>
  [
    `listeners.tcp.local = 127.0.0.1:${port}`,
    'loopback_users = none',
    'disk_free_limit.absolute = 50MB',
    'log.console = true',
    'log.file = false',
    '',
  ].join('\n');

const environmentFor = (folder: string, ports: Ports): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  LANG: 'C.UTF-8',
  RABBITMQ_NODENAME: `t${ports.amqp}@localhost`,
  RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
  RABBITMQ_NODE_PORT: String(ports.amqp),
  RABBITMQ_DIST_PORT: String(ports.distribution),
  ERL_EPMD_PORT: String(ports.epmd),
  ERL_EPMD_ADDRESS: '127.0.0.1',
  RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
  RABBITMQ_LOG_BASE: join(folder, 'log'),
  RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
  RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
  RABBITMQ_PID_FILE: join(folder, 'pid'),
  RABBITMQ_CONF_ENV_FILE: '/dev/null',
  // Otherwise a crash dump would be left in the project's folder when a run is interrupted.
  ERL_CRASH_DUMP: '/dev/null',
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none',
  // Makes the script exec the broker, instead of keeping it as a child that a signal to the script does not reach.
  RUNNING_UNDER_SYSTEMD: 'true',
});

const gone = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');

/**
 * The kernel kills the child when this process dies, by kill -9 too. SIGTERM would not do: a frozen process handles it
 * only when it continues.
 */
const spawnBound = (program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess =>
  spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** Started as our own child: a node that finds no epmd would leave an `epmd -daemon` running permanently. */
const startPortMapper = async ({ epmd }: Ports): Promise<ChildProcess> => {
  const child = spawnBound('epmd', ['-port', String(epmd), '-address', '127.0.0.1'], {
    PATH: process.env['PATH'],
  });
  child.stdout?.resume();
  child.stderr?.resume();
  while (!(await accepts(epmd)))
    if (child.exitCode !== null) throw new Error(`epmd ended with ${child.exitCode}`);
  return child;
};

/** Resolves when the broker accepts connections. */
const startNode = (env: NodeJS.ProcessEnv): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const child = spawnBound(`${BINARIES}/rabbitmq-server`, [], env);
    let said = '';
    const fail = (reason: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`RabbitMQ: ${reason}\n${said.slice(-KEPT_OUTPUT)}`));
    };
    const timer = setTimeout(() => fail(NOT_READY), START_TIMEOUT_MS);
    const read = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-2 * KEPT_OUTPUT);
      if (!READY.test(said)) return;
      clearTimeout(timer);
      resolve(child);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`));
  });

const prepare = async (folder: string, ports: Ports): Promise<NodeJS.ProcessEnv> => {
  await mkdir(join(folder, 'log'), { recursive: true });
  await writeFile(join(folder, 'rabbitmq.conf'), settings(ports.amqp));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  return { ...environmentFor(folder, ports), ...(await quicklyFoundCode(folder)) };
};

const controlled = (
  ports: Ports,
  env: NodeJS.ProcessEnv,
  mapper: ChildProcess,
  removeData: () => void,
): PrivateBroker => {
  let node: ChildProcess | undefined;
  const ctl = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(`${BINARIES}/rabbitmqctl`, ['--quiet', ...args], { env })).stdout;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = node;
    node = undefined;
    if (ending === undefined) return;
    // A frozen process would not handle SIGTERM.
    ending.kill('SIGCONT');
    ending.kill(signal);
    await gone(ending);
  };
  return {
    url: `amqp://guest:guest@127.0.0.1:${ports.amqp}`,
    port: ports.amqp,
    start: async () => void (node ??= await startNode(env)),
    stop: () => end('SIGTERM'),
    kill: async () => {
      if (node !== undefined) await ctl('eval', WRITE_DOWN_QUEUES);
      await end('SIGKILL');
    },
    freeze: () => void node?.kill('SIGSTOP'),
    thaw: () => void node?.kill('SIGCONT'),
    ctl,
    dispose: async () => {
      await end('SIGKILL');
      mapper.kill('SIGKILL');
      await gone(mapper);
      removeData();
    },
  };
};

/** The reason why this machine cannot run one, or undefined. */
export const privateBrokerUnavailable = async (): Promise<string | undefined> =>
  access(`${BINARIES}/rabbitmq-server`).then(
    () => undefined,
    () => `no ${BINARIES}/rabbitmq-server`,
  );

type Folder = Awaited<ReturnType<typeof testFolder>>;

/**
 * A started, empty broker whose files are in `folder` (by default in memory, if there is plenty). It uses ports that
 * were free a moment ago, and others if somebody else took them first.
 */
export const startPrivateBroker = async (given?: Folder, attempts = 3): Promise<PrivateBroker> => {
  const unavailable = await privateBrokerUnavailable();
  if (unavailable !== undefined) throw new Error(unavailable);
  const [amqp = 0, distribution = 0, epmd = 0] = await freePorts(3);
  const ports = { amqp, distribution, epmd };
  const folder = given ?? (await testFolder());
  let mapper: ChildProcess | undefined;
  try {
    mapper = await startPortMapper(ports);
    const broker = controlled(ports, await prepare(folder.path, ports), mapper, folder.remove);
    await broker.start();
    return broker;
  } catch (error) {
    mapper?.kill('SIGKILL');
    if (given === undefined) folder.remove();
    // A broker that is slow to start would not be faster at another attempt.
    if (attempts <= 1 || String(error).includes(NOT_READY)) throw error;
    return startPrivateBroker(given, attempts - 1);
  }
};
