import { expect } from 'chai';
import { payloadProblems, schemaProblems } from '../support/asyncapi.ts';
import { commandSender, type CommandSender } from '../support/command-sender.ts';
import { registerGazetteer, registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { shipped } from '../support/shipped.ts';
import { eventually } from '../support/until.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { appendRows, aSpreadsheet, keyed, registerSheets } from '../support/sheets-gateway.ts';
import { startService } from '../support/service-process.ts';
import type { ApiClient } from '../support/api-client.ts';

const TENANT = 'commands';
const GEOCODE = 'integration.command.geocode';
const HOUSE = { address: 'Москва, ул. Тверская, 13' };
const houses = (street: string, count: number): readonly { readonly address: string }[] =>
  Array.from({ length: count }, (_, n) => ({ address: `Москва, ул. ${street}, ${n + 1}` }));

type TrailRow = { readonly actor_id: string; readonly request_id: string; readonly status: string };

describe('Commands over RabbitMQ', () => {
  let broker: PrivateBroker;
  let gateway: Gateway;
  let sender: CommandSender;
  let api: ApiClient;
  let googleId: string;

  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
    gateway = await startGateway({
      RABBITMQ_URL: broker.url,
      // Long enough that no call is retried only because the machine is busy.
      ATTEMPT_TIMEOUT_MS: '15000',
      CALL_DEADLINE_MS: '30000',
    });
    api = await gateway.administrator(TENANT);
    googleId = (await registerGoogle(api, gateway.sandbox)).id;
    sender = await commandSender(broker.url, TENANT);
  });
  after(async () => {
    await sender.close();
    await gateway.stop();
    await broker.dispose();
  });
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const googleCalls = (): number => gateway.sandbox.counters().providers.google.calls;
  const trail = (requestId: string) =>
    gateway.sql<TrailRow>('select actor_id, request_id, status from integration_logs where request_id = $1', [
      requestId,
    ]);
  const metric = async (line: string): Promise<number> => {
    const text = await (await fetch(`${gateway.service().url}/metrics`)).text();
    const found = text.split('\n').find((known) => known.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? 0);
  };
  const inQueue = async (queue = 'integration.commands'): Promise<number> =>
    (await sender.channel.checkQueue(queue)).messageCount;
  const consumers = (count: number) =>
    eventually(`${count} consumers`, async () =>
      (await sender.channel.checkQueue('integration.commands')).consumerCount === count ? true : undefined,
    );
  const asked = (count: number) =>
    eventually(`${count} provider calls`, async () => (googleCalls() >= count ? true : undefined));

  it('answers a geocode as the HTTP route does, and the trail tells who asked', async () => {
    const http = await api.post<object>('/geocoding/geocode', HOUSE);
    const answer = await sender.ask(GEOCODE, HOUSE);
    expect(answer).to.include({ status: 200, isRepeat: false, contentType: 'application/json' });
    expect(answer.body['data']).to.deep.equal((http.body as { data: unknown }).data);
    expect(answer.body['meta']).to.deep.include({
      request_id: answer.correlationId,
      provider: 'google_maps',
    });
    expect(await trail(answer.correlationId)).to.deep.equal([
      { actor_id: 'bus:request-service', request_id: answer.correlationId, status: 'cache_hit' },
    ]);
  });

  it('answers the other commands', async () => {
    const point = { latitude: 55.7617, longitude: 37.6067 };
    const [reverse, distance, probe, purge] = [
      await sender.ask('integration.command.reverse_geocode', point),
      await sender.ask('integration.command.distance', { origin: point, destination: HOUSE.address }),
      await sender.ask('integration.command.service.probe', { service_id: googleId }),
      await sender.ask('integration.command.cache.invalidate', {}),
    ];
    expect([reverse.status, distance.status, probe.status, purge.status]).to.deep.equal([200, 200, 200, 204]);
    expect((distance.body['data'] as { mode: string }).mode).to.equal('straight_line');
    expect((probe.body['data'] as { reachable: boolean }).reachable).to.equal(true);
    expect(purge.text).to.equal('');
  });

  it('gives a repeat the stored answer, without a second provider call or a second row', async () => {
    const [house] = houses('Арбат', 1);
    const messageId = 'repeated-1';
    const first = await sender.ask(GEOCODE, house, { messageId });
    const second = await sender.ask(GEOCODE, house, { messageId });
    expect(second).to.deep.include({ status: 200, isRepeat: true, body: first.body });
    expect(googleCalls()).to.equal(1);
    expect(await trail(first.correlationId)).to.have.length(1);
    expect(await trail(second.correlationId)).to.have.length(0);
    const other = await sender.ask(GEOCODE, HOUSE, { messageId });
    expect(other).to.include({ status: 422 });
    expect(other.body['code']).to.equal('idempotency-mismatch');
  });

  it('asks the provider once when the same message arrives many times at once', async () => {
    gateway.sandbox.control({ latency_ms: 300 });
    const [house] = houses('Покровка', 1);
    const messageId = 'at-once-1';
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => sender.ask(GEOCODE, house, { messageId })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
    expect(answers.filter(({ isRepeat }) => !isRepeat)).to.have.length(1);
    expect(googleCalls()).to.equal(1);
  });

  it('reads and writes spreadsheets, each write once for its message id', async () => {
    const { sandbox } = gateway;
    const account = await registerSheets(api, sandbox);
    const spreadsheet_id = aSpreadsheet(sandbox, account);
    const range = 'Sheet1!A1';
    const command = (name: string) => `integration.command.sheets.${name}`;
    const append = { spreadsheet_id, range, values: [['one', 1]] };
    const [first, again] = [
      await sender.ask(command('append'), append, { messageId: 'append-1' }),
      await sender.ask(command('append'), append, { messageId: 'append-1' }),
    ];
    expect([first.status, again.isRepeat, again.text]).to.deep.equal([200, true, first.text]);
    // The same name used over HTTP is a different key.
    const http = await appendRows(api, spreadsheet_id, range, { values: [['two', 2]] }, keyed('append-1'));
    expect(http.status).to.equal(200);
    const written = await sender.ask(command('write'), { spreadsheet_id, range: 'A3', values: [['three']] });
    const updated = await sender.ask(command('batch_update'), {
      spreadsheet_id,
      data: [{ range: 'B3', values: [[3]] }],
    });
    expect([written.status, updated.status]).to.deep.equal([200, 200]);
    const read = await sender.ask(command('read'), { spreadsheet_id, range: 'Sheet1!A1:B3' });
    expect(read.body['data']).to.deep.include({
      values: [
        ['one', '1'],
        ['two', '2'],
        ['three', '3'],
      ],
    });
  });

  describe('refuses at once, answers and parks with the reason', () => {
    const other = { management_company_id: 'commands_other' };
    const cases: readonly (readonly [string, string, unknown, object, string])[] = [
      ['what is not JSON', GEOCODE, Buffer.from('{"address"'), {}, 'malformed-request'],
      ['an unknown type', 'integration.command.launch', {}, {}, 'unknown-command'],
      [
        'a range that is none',
        'integration.command.sheets.read',
        { spreadsheet_id: 's', range: 'A0' },
        {},
        'invalid-input',
      ],
      ['no tenant', GEOCODE, HOUSE, { headers: {} }, 'tenant-required'],
      [
        'a tenant nobody knows here',
        GEOCODE,
        HOUSE,
        { headers: { management_company_id: 'nobody' } },
        'tenant-unknown',
      ],
      ['no message id', GEOCODE, HOUSE, { messageId: undefined }, 'message-id-required'],
      ['a body that lacks something', GEOCODE, {}, {}, 'invalid-input'],
    ];
    for (const [what, type, body, change, code] of cases)
      it(what, async () => {
        const before = sender.dead.length;
        const answer = await sender.ask(type, body, change);
        expect(answer.body['code']).to.equal(code);
        expect(answer.contentType).to.equal('application/problem+json');
        const dead = (await sender.deadLetters(before + 1)).at(-1);
        expect(dead?.properties.headers).to.include({ 'x-reason': code });
        expect(dead?.properties.correlationId).to.equal(answer.correlationId);
      });

    it("another tenant's service", async () => {
      await registerGazetteer(await gateway.administrator(other.management_company_id));
      const before = sender.dead.length;
      const probe = await sender.ask(
        'integration.command.service.probe',
        { service_id: googleId },
        { headers: other },
      );
      expect(probe.status).to.equal(404);
      expect(probe.body['code']).to.equal('not-found');
      const dead = (await sender.deadLetters(before + 1)).at(-1);
      expect(dead?.properties.headers).to.include({ 'x-reason': 'not-found' });
    });

    it('bodies of 20 MiB, within the memory of a small container', async () => {
      const before = sender.dead.length;
      const huge = Buffer.alloc(20 * 1024 * 1024, ' ');
      await Promise.all(Array.from({ length: 12 }, () => sender.send(GEOCODE, huge)));
      const dead = await sender.deadLetters(before + 12);
      for (const { content, properties } of dead.slice(before)) {
        expect(properties.headers).to.include({ 'x-reason': 'too-large' });
        expect(properties.headers).to.include({ 'x-body-bytes': huge.length });
        expect(content.length).to.equal(64 * 1024);
      }
      expect((await sender.ask(GEOCODE, HOUSE)).status).to.equal(200);
      expect(await metric('process_resident_memory_bytes')).to.be.lessThan(512 * 1024 * 1024);
    });
  });

  it('drops and counts the answer for a queue that is gone, and the command counts as done', async () => {
    const dropped = await metric('integration_command_answers_dropped_total');
    const [house] = houses('Полянка', 1);
    await sender.send(GEOCODE, house, {
      messageId: 'no-listener-1',
      replyTo: 'gone',
      correlationId: 'gone-1',
    });
    await eventually('the dropped answer', async () =>
      (await metric('integration_command_answers_dropped_total')) === dropped + 1 ? true : undefined,
    );
    expect(await trail('gone-1')).to.have.length(1);
    expect(await inQueue()).to.equal(0);
  });

  it('retries a second later when the provider failed', async () => {
    gateway.sandbox.control({ provider: 'google', mode: '503' });
    const [house] = houses('Остоженка', 1);
    const answered = sender.ask(GEOCODE, house);
    await eventually('a message that waits', async () =>
      // In the second one, if this process, which acts as the provider, was delayed for a second.
      (await inQueue('integration.commands.retry.1000')) +
        (await inQueue('integration.commands.retry.5000')) >
      0
        ? true
        : undefined,
    );
    gateway.sandbox.control({ reset: true });
    const answer = await answered;
    expect(answer).to.include({ status: 200, isRepeat: false });
    const statuses = (await trail(answer.correlationId)).map(({ status }) => status);
    expect(statuses).to.include('error');
    expect(statuses.filter((status) => status !== 'error')).to.deep.equal(['success']);
    expect(
      await metric(`integration_commands_total{command="${GEOCODE}",outcome="retried"}`),
    ).to.be.greaterThan(0);
  });

  it('distributes commands between two consumers, each carried out once', async () => {
    const second = await startService({ ...gateway.environment });
    try {
      await consumers(2);
      const all = houses('Садовая', 60);
      const answers = await Promise.all(
        all.map((house, n) => sender.ask(GEOCODE, house, { messageId: `shared-${n}` })),
      );
      expect(answers.every(({ status, isRepeat }) => status === 200 && !isRepeat)).to.equal(true);
      await shipped(second);
      const [{ count } = { count: 0 }] = await gateway.sql<{ count: number }>(
        'select count(*)::int from integration_logs where request_id = any($1)',
        [answers.map(({ correlationId }) => correlationId)],
      );
      expect(count).to.equal(all.length);
      expect(second.output()).to.contain('"event":"bus.command"');
    } finally {
      expect(await second.stop()).to.equal(0);
    }
  });

  it('finishes on SIGTERM the commands it holds, and leaves later ones to the next process', async () => {
    gateway.sandbox.control({ latency_ms: 1_000 });
    const [early, late] = houses('Ордынка', 2);
    const first = sender.ask(GEOCODE, early, { messageId: 'sigterm-1' });
    await asked(1);
    const stopped = gateway.service().stop();
    await consumers(0);
    const second = sender.ask(GEOCODE, late, { messageId: 'sigterm-2' });
    const answer = await first;
    expect(answer).to.include({ status: 200, isRepeat: false });
    expect(await stopped).to.equal(0);
    // Only now: an earlier start would bring a new consumer before the test has seen that there was none.
    await gateway.restart('stop');
    expect(await second).to.include({ status: 200, isRepeat: false });
    expect(googleCalls()).to.equal(2);
    expect(await trail(answer.correlationId)).to.have.length(1);
  });

  it('ends on SIGTERM within one grace period, even if a command and a request take longer, and the command is redelivered', async () => {
    const graceMs = 8_000;
    await gateway.restart('stop', { SHUTDOWN_GRACE_MS: String(graceMs) });
    gateway.sandbox.control({ mode: 'hang' });
    const [over, beside] = houses('Якиманка', 2);
    const answered = sender.ask(GEOCODE, over, { messageId: 'grace-1' });
    // Sends to the provider that this process plays.
    const caller = await gateway.administrator(TENANT);
    const cutOff = caller.post('/geocoding/geocode', beside ?? {}).catch(() => undefined);
    await asked(2);
    const began = performance.now();
    expect(await gateway.service().stop()).to.equal(0);
    expect(performance.now() - began).to.be.within(graceMs - 100, 2 * graceMs - 1_000);
    await cutOff;
    gateway.sandbox.control({ reset: true });
    await gateway.restart('stop');
    expect(await answered).to.include({ status: 200, isRepeat: false });
  });

  it('carries a command out once when its consumer is killed in the middle, and answers', async () => {
    gateway.sandbox.control({ latency_ms: 1_000 });
    const [house] = houses('Пречистенка', 1);
    const answered = sender.ask(GEOCODE, house, { messageId: 'killed-1' });
    await asked(1);
    await gateway.restart('kill');
    const answer = await answered;
    expect(answer).to.include({ status: 200, isRepeat: false });
    expect(await trail(answer.correlationId)).to.have.length(1);
    const again = await sender.ask(GEOCODE, house, { messageId: 'killed-1' });
    expect(again).to.deep.include({ status: 200, isRepeat: true, body: answer.body });
    expect(
      sender.answers.filter(({ correlationId }) => correlationId === answer.correlationId),
    ).to.have.length(1);
    expect(await inQueue()).to.equal(0);
  });

  describe('docs/asyncapi.yaml', () => {
    it('describes every command, answer and dead letter seen in these tests', () => {
      const problems = sender.answers.flatMap(({ headers, status, correlationId }) => {
        const { type = '', body } = sender.sent.get(correlationId) ?? {};
        const ofCommand = status < 300 ? payloadProblems(type, body) : [];
        return [...schemaProblems('AnswerHeaders', headers), ...ofCommand];
      });
      for (const { properties } of sender.dead)
        problems.push(...schemaProblems('DeadCommandHeaders', properties.headers));
      expect(problems).to.deep.equal([]);
      expect(sender.answers.length).to.be.greaterThan(70);
      expect(sender.dead.length).to.be.greaterThan(15);
    });
  });
});
