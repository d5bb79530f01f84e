import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { isAlive } from '../support/running-processes.ts';

const PLANTED = new URL('../support/crash-on-signal.ts', import.meta.url).href;

describe('An uncaught error', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ NODE_OPTIONS: `--import=${PLANTED}` });
  });
  after(() => gateway.stop());

  const uncaught = (): readonly Record<string, unknown>[] =>
    gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('"message":"uncaught"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('is logged in one line without secrets, and ends the process in order with a failure code, without failing any request', async () => {
    const api = await gateway.administrator('crashing');
    await registerGoogle(api, gateway.sandbox);
    gateway.sandbox.control({ latency_ms: 300 });
    const running = api.post('/geocoding/geocode', { address: 'Москва, Арбат, 1' });
    await eventually(
      'the provider to be asked',
      async () => gateway.sandbox.counters().providers.google.calls > 0 || undefined,
    );
    gateway.service().signal('SIGUSR2');
    await eventually('the bug to show', async () => uncaught().length > 0 || undefined);
    expect((await running).status).to.equal(200);
    expect(await gateway.service().stop()).to.equal(1);
    const [line, ...more] = uncaught();
    expect(more).to.deep.equal([]);
    expect(line).to.include({ level: 'error', origin: 'uncaughtException', error_name: 'Error' });
    expect(line?.['frames']).to.be.an('array').that.has.length.within(1, 12);
    expect(gateway.output()).to.include('a planted bug').and.not.include('planted-secret');
    await gateway.restart('kill');
  });

  it('does not arise when a terminal is closed: work in progress is finished, and the exit code asks for a restart', async () => {
    const api = await gateway.administrator('hung-up');
    await registerGoogle(api, gateway.sandbox);
    gateway.sandbox.control({ latency_ms: 300 });
    const { calls } = gateway.sandbox.counters().providers.google;
    const running = api.post('/geocoding/geocode', { address: 'Москва, Арбат, 2' });
    await eventually(
      'the provider to be asked',
      async () => gateway.sandbox.counters().providers.google.calls > calls || undefined,
    );
    gateway.service().signal('SIGHUP');
    expect((await running).status).to.equal(200);
    expect(await gateway.service().stop()).to.equal(129);
    expect(gateway.output()).to.include('"message":"stopping","reason":"SIGHUP"');
    await gateway.restart('kill');
  });

  it('can be a rejection', async () => {
    const { pid, signal } = gateway.service();
    signal('SIGPROF');
    await eventually('the process to end', async () => !isAlive(pid) || undefined);
    expect(uncaught().at(-1)).to.include({ origin: 'unhandledRejection', error_name: 'TypeError' });
    expect(await gateway.service().stop()).to.equal(1);
    await gateway.restart('kill');
  });

  it('can be that nobody reads the output any more: the process ends instead of reporting it for ever', async () => {
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env['PATH'], ...gateway.environment, PORT: '0', SHUTDOWN_DRAIN_MS: '500' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const url = await eventually('the service', async () => /listens on (\S+)/.exec(output)?.[1]);
    // The process may have ended before its answer is read.
    const ended = once(child, 'exit');
    child.stdout.destroy();
    await fetch(`${url}/nowhere`).catch(() => undefined);
    expect(await ended).to.deep.equal([1, null]);
  });
});
