import { Agent, request } from 'node:http';

export type LoadRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
export type LoadReport = {
  readonly sent: number;
  /** Status and text of every answer other than 200, and the error of every request without an answer. */
  readonly failures: readonly string[];
};

const TICK_MS = 10;
/**
 * On a machine that was busy, many requests are due at once; as many new connections would overflow the listen backlog.
 */
const MOST_CONNECTIONS = 100;

/**
 * Sends a fixed number of requests a second, whether or not earlier ones are answered, over kept-alive connections and
 * without retries.
 */
export const steadyLoad = (perSecond: number, next: () => LoadRequest) => {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const failures: string[] = [];
  const running = new Set<Promise<void>>();
  const started = performance.now();
  let sent = 0;
  const ticks = setInterval(() => {
    const due = Math.floor(((performance.now() - started) * perSecond) / 1000);
    for (; sent < due; sent += 1) {
      const one = post(agent, next()).then((failure) => {
        if (failure !== undefined) failures.push(failure);
        running.delete(one);
      });
      running.add(one);
    }
  }, TICK_MS);
  return {
    sent: () => sent,
    /** Sends no more, and waits for the outstanding answers. */
    stop: async (): Promise<LoadReport> => {
      clearInterval(ticks);
      await Promise.all(running);
      agent.destroy();
      return { sent, failures };
    },
  };
};

const post = (agent: Agent, { url, headers, body }: LoadRequest): Promise<string | undefined> =>
  new Promise((resolve) => {
    const sending = request(url, { method: 'POST', headers, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve(answer.statusCode === 200 ? undefined : `${answer.statusCode} ${text}`));
      answer.on('error', (error) => resolve(error.message));
    });
    sending.on('error', (error) => resolve(error.message));
    sending.end(body);
  });
