import { connect, type ChannelModel, type ConfirmChannel, type ConsumeMessage, type Options } from 'amqplib';
import { eventually } from './until.ts';

export type Answer = {
  readonly status: number;
  readonly isRepeat: boolean;
  readonly correlationId: string;
  readonly contentType: string | undefined;
  readonly headers: object;
  readonly text: string;
  readonly body: { readonly [member: string]: unknown };
};

/** A sibling service on the bus: it sends commands, waits for answers, and reads the dead letters. */
export type CommandSender = {
  readonly channel: ConfirmChannel;
  /** Resolves when the broker has confirmed it. */
  readonly send: (type: string, body: unknown, change?: Options.Publish) => Promise<void>;
  /** What has been sent so far, by correlation id. */
  readonly sent: ReadonlyMap<string, { readonly type: string; readonly body: unknown }>;
  /** Every answer received so far, in order. */
  readonly answers: readonly Answer[];
  /** Sends and waits for the answer to it. */
  readonly ask: (type: string, body: unknown, change?: Options.Publish) => Promise<Answer>;
  readonly dead: readonly ConsumeMessage[];
  readonly deadLetters: (count: number) => Promise<readonly ConsumeMessage[]>;
  readonly close: () => Promise<void>;
};

const QUEUE = 'integration.commands';
let sent = 0;

const answerFrom = ({ content, properties }: ConsumeMessage): Answer => {
  const text = content.toString();
  return {
    status: Number(properties.headers?.['status']),
    isRepeat: properties.headers?.['repeated'] === true,
    correlationId: String(properties.correlationId),
    contentType: properties.contentType as string | undefined,
    headers: properties.headers ?? {},
    text,
    body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
  };
};

const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));

/** Waits until a service has declared the queue. */
export const commandSender = async (url: string, tenant: string): Promise<CommandSender> => {
  const connection: ChannelModel = await connect(url);
  await eventually('the queue of commands', () => hasQueue(connection));
  const channel = await connection.createConfirmChannel();
  const answers: Answer[] = [];
  const sentCommands = new Map<string, { readonly type: string; readonly body: unknown }>();
  const dead: ConsumeMessage[] = [];
  const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
  await channel.consume(replyTo, (raw) => void (raw && answers.push(answerFrom(raw))), { noAck: true });
  await channel.consume(`${QUEUE}.dead`, (raw) => void (raw && dead.push(raw)), { noAck: true });

  const send: CommandSender['send'] = (type, body, change = {}) =>
    new Promise((resolve, reject) => {
      if (change.correlationId !== undefined) sentCommands.set(change.correlationId, { type, body });
      const usual = {
        type,
        messageId: `m-${process.pid}-${(sent += 1)}`,
        headers: { management_company_id: tenant },
        appId: 'request-service',
        replyTo,
        persistent: true,
        mandatory: true,
      };
      channel.publish(QUEUE, QUEUE, bytesOf(body), { ...usual, ...change }, (error) =>
        error === null ? resolve() : reject(error as Error),
      );
    });
  return {
    channel,
    send,
    sent: sentCommands,
    answers,
    ask: async (type, body, change = {}) => {
      const correlationId = `c-${process.pid}-${(sent += 1)}`;
      await send(type, body, { ...change, correlationId });
      return eventually(`an answer to ${type}`, async () =>
        answers.find((answer) => answer.correlationId === correlationId),
      );
    },
    dead,
    deadLetters: (count) =>
      eventually(`${count} dead letters`, async () => (dead.length >= count ? dead : undefined)),
    close: () => connection.close(),
  };
};

const hasQueue = async (connection: ChannelModel): Promise<true | undefined> => {
  const probe = await connection.createChannel();
  probe.on('error', () => undefined);
  try {
    await probe.checkQueue(QUEUE);
    await probe.close();
    return true;
  } catch {
    return undefined;
  }
};
