import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { registerGazetteer, startGateway, type Gateway } from '../support/gateway.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { eventually } from '../support/until.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** The address in the pages: the default of a newly installed broker. */
const USUAL_URL = 'amqp://guest:guest@127.0.0.1:5672';

describe('The programs of docs/events.md and docs/commands.md', () => {
  let broker: PrivateBroker;
  let gateway: Gateway;
  let listener: ChildProcess;
  let heard = '';
  before(async () => {
    // Installs RabbitMQ if it is missing.
    await rabbitmqServer();
    broker = await startPrivateBroker();
    gateway = await startGateway({ RABBITMQ_URL: broker.url });
    await registerGazetteer(await gateway.administrator('uk_company_1'));
    // Waits until the queue to publish to exists.
    await eventually(
      'a queue for commands',
      async () =>
        (await broker.ctl('list_queues', 'name', 'consumers')).match(/^integration\.commands\s+1$/m) ??
        undefined,
    );
    // In its own process group: the shell's child processes do the listening.
    listener = spawn('bash', ['-c', programOf('events')], { cwd: PROJECT, detached: true });
    listener.stdout?.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await eventually(
      'what it binds last',
      async () =>
        (await broker.ctl('list_bindings', 'routing_key', 'destination_name')).match(
          /^integration\.webhook\.received\s+analytics/m,
        ) ?? undefined,
    );
  });
  after(async () => {
    if (listener.pid !== undefined) process.kill(-listener.pid, 'SIGKILL');
    if (listener.exitCode === null && listener.signalCode === null) await once(listener, 'exit');
    await gateway.stop();
    await broker.dispose();
  });

  const programOf = (page: string): string => {
    const text = readFileSync(`${PROJECT}docs/${page}.md`, 'utf8');
    const program = /^```sh\n([^]+?)^```$/m.exec(text)?.[1] ?? '';
    expect(program).to.contain(USUAL_URL);
    return program.replace(USUAL_URL, broker.url);
  };

  it('send a command and show its answer, and show the event about it', async () => {
    const { stdout } = await promisify(execFile)('bash', ['-c', programOf('commands')], { cwd: PROJECT });
    expect(stdout).to.match(/^200 \{"data":\{"matches":\[\{"formatted_address":"Ташкент, Узбекистан"/);
    await eventually('its event', async () => heard.match(/^integration\.request\.completed /m) ?? undefined);
    expect(heard).to.match(
      /^integration\.request\.completed \S+ uk_company_1 \{"log_id":"\S+","service_name":"gazetteer","operation":"geocode",/m,
    );
  });
});
