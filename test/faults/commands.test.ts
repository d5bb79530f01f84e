import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { commandSender, type Answer, type CommandSender } from '../support/command-sender.ts';
import { registerGazetteer, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { OUTAGE_TENANT, startOutageRig } from '../support/outage-rig.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startService } from '../support/service-process.ts';
import { shipped } from '../support/shipped.ts';

/**
 * Each round sends some commands and kills one of two consumers with kill -9 at a random moment. `npm run test:faults`
 * runs 50.
 */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? '3');
const COMMANDS = 30;
const TENANT = 'commands';
const GEOCODE = 'integration.command.geocode';
const ADDRESSES = ['Ташкент', 'Москва', 'Самарканд', 'Toshkent', 'Бухара', 'Нукус', 'Наманган', 'Фергана'];

const byCommand = (answers: readonly Answer[]): ReadonlyMap<string, readonly Answer[]> =>
  Map.groupBy(answers, ({ correlationId }) => correlationId);
const logIdOf = ({ body }: Answer): string => (body['meta'] as { log_id: string }).log_id;

describe('commands under process and database failures', function () {
  let broker: PrivateBroker;
  before(async function () {
    this.timeout(60_000);
    await rabbitmqServer();
    broker = await startPrivateBroker();
  });
  after(() => broker.dispose());

  const allAnswered = (sender: CommandSender, count: number) =>
    eventually(
      `answers to ${count} commands`,
      async () => (byCommand(sender.answers).size >= count ? true : undefined),
      60_000,
    );

  it(`each get exactly one answer, which is in the trail once, over ${ROUNDS} kills of a consumer`, async function () {
    this.timeout(60_000 + ROUNDS * 10_000);
    const gateway: Gateway = await startGateway({ RABBITMQ_URL: broker.url });
    let other = await startService(gateway.environment);
    const sender = await commandSender(broker.url, TENANT);
    try {
      await registerGazetteer(await gateway.administrator(TENANT));
      const random = seededRandom(3);
      for (let round = 0; round < ROUNDS; round += 1) {
        const load = Array.from({ length: COMMANDS }, async (_, n) => {
          await pause(random() * 300);
          const id = `${round}-${n}`;
          const change = { messageId: id, correlationId: id };
          const body = { address: ADDRESSES[n % ADDRESSES.length] };
          await sender.send(GEOCODE, body, change);
          // Some senders send again without waiting for the confirm.
          if (n % 5 === 0) await sender.send(GEOCODE, body, change);
        });
        await pause(random() * 300);
        if (round % 2 === 0) await gateway.restart('kill');
        else {
          await other.kill();
          other = await startService(gateway.environment);
        }
        await Promise.all(load);
      }
      await allAnswered(sender, ROUNDS * COMMANDS);
      const answers = byCommand(sender.answers);
      expect(sender.answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
      const told = [...answers.values()].map((all) => new Set(all.map(({ text }) => text)).size);
      expect(Math.max(...told), 'different answers to one command').to.equal(1);
      const logIds = [...answers.values()].map(([first]) => logIdOf(first as Answer));
      await shipped(other);
      const [{ count } = { count: 0 }] = await gateway.sql<{ count: number }>(
        'select count(*)::int from integration_logs where id = any($1::uuid[])',
        [logIds],
      );
      expect(count).to.equal(ROUNDS * COMMANDS);
      expect(sender.dead).to.deep.equal([]);
    } finally {
      await sender.close();
      await other.stop();
      await gateway.stop();
    }
  });

  it('wait for a database that was killed, and are carried out once when it is available again', async function () {
    this.timeout(90_000);
    const rig = await startOutageRig({ RABBITMQ_URL: broker.url });
    const sender = await commandSender(broker.url, OUTAGE_TENANT);
    try {
      const house = { address: 'Москва, ул. Тверская, 13' };
      expect((await sender.ask(GEOCODE, house)).status).to.equal(200);
      await rig.server.kill();
      const commands = () => sender.channel.checkQueue('integration.commands');
      await eventually('nobody who takes a command that cannot be carried out', async () =>
        (await commands()).consumerCount === 0 ? true : undefined,
      );
      const change = { messageId: 'in-the-outage', correlationId: 'in-the-outage' };
      await sender.send(GEOCODE, house, change);
      expect((await commands()).messageCount).to.equal(1);
      await rig.server.start();
      const answer = await eventually('the answer', async () =>
        sender.answers.find(({ correlationId }) => correlationId === 'in-the-outage'),
      );
      expect(answer).to.include({ status: 200, isRepeat: false });
      const again = await sender.ask(GEOCODE, house, { messageId: 'in-the-outage' });
      expect(again).to.include({ status: 200, isRepeat: true, text: answer.text });
    } finally {
      await sender.close();
      await rig.stop();
    }
  });
});
