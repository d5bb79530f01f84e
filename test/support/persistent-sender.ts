import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export type SentDelivery = {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many copies are sent at the same time, as by a sender that lost count. */
  readonly copies: number;
};
export type Acknowledged = { readonly id: string; readonly attempts: number; readonly at: number };

const TICK_MS = 10;
/** The timeout of the most impatient real senders. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 250;
const MOST_CONNECTIONS = 100;

/**
 * Sends the deliveries at a given rate and repeats each with the same id until it is acknowledged. Resolves, when all
 * are, with one line for each copy. `urlOf`: the current address of the receiver.
 */
export const sendPersistently = async (
  deliveries: readonly SentDelivery[],
  perSecond: number,
  urlOf: () => string,
): Promise<readonly Acknowledged[]> => {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const started = performance.now();
  const running: Promise<Acknowledged>[] = [];
  for (const [n, delivery] of deliveries.entries()) {
    while (performance.now() - started < (n * 1000) / perSecond) await pause(TICK_MS);
    for (let copy = 0; copy < delivery.copies; copy += 1)
      running.push(untilAcknowledged(agent, urlOf, delivery));
  }
  const all = await Promise.all(running);
  agent.destroy();
  return all;
};

const untilAcknowledged = async (
  agent: Agent,
  urlOf: () => string,
  delivery: SentDelivery,
): Promise<Acknowledged> => {
  for (let attempts = 1; ; attempts += 1) {
    if ((await statusOf(agent, urlOf(), delivery)) === 200)
      return { id: delivery.id, attempts, at: performance.now() };
    await pause(RETRY_MS);
  }
};

/** Undefined: no complete answer arrived. */
const statusOf = (agent: Agent, url: string, { headers, body }: SentDelivery): Promise<number | undefined> =>
  new Promise((resolve) => {
    const lost = (): void => resolve(undefined);
    const sending = request(url, { method: 'POST', headers, agent, timeout: PATIENCE_MS }, (answer) => {
      answer.on('end', () => resolve(answer.statusCode)).on('error', lost);
      answer.on('close', lost).resume();
    });
    sending.on('timeout', () => sending.destroy(new Error('no answer')));
    sending.on('error', lost);
    sending.end(body);
  });
