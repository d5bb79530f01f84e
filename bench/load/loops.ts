import type { ClosedLoop, Job, Measured, OpenLoop } from './job.ts';
import { openConnection } from './keep-alive-connection.ts';
import { latencies, type Latencies } from './latencies.ts';
import { requestsOf } from './requests.ts';

/** Milliseconds after which an answer that has not come is a failed measurement. */
const LONGEST_WAIT = 30_000;

type Tally = { readonly times: Latencies; readonly statuses: Record<string, number> };

export const run = async (job: Job): Promise<Measured> => {
  const tally: Tally = { times: latencies(), statuses: {} };
  const elapsedMs = await (job.kind === 'closed' ? closedLoop(job, tally) : openLoop(job, tally));
  const { times, statuses } = tally;
  return {
    answers: times.count(),
    statuses,
    perSecond: (times.count() / elapsedMs) * 1000,
    ...times.summary(),
  };
};

const note = ({ times, statuses }: Tally, status: number, since: number): void => {
  times.add(performance.now() - since);
  statuses[status] = (statuses[status] ?? 0) + 1;
};

const closedLoop = async (job: ClosedLoop, tally: Tally): Promise<number> => {
  const take = requestsOf(job.target, job.addresses);
  const started = performance.now();
  const until = started + job.durationMs;
  let left = job.most ?? Number.POSITIVE_INFINITY;
  const oneConnection = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let sent = 0;
    const connection = await openConnection(job.target.port, {
      onAnswer: (status) => {
        note(tally, status, sent);
        next();
      },
      onLost: reject,
    });
    const next = (): void => {
      sent = performance.now();
      if (sent >= until || left <= 0) return resolve();
      left -= 1;
      connection.send(take());
    };
    next();
    await inTime(promise, job.durationMs + LONGEST_WAIT);
    connection.close();
  };
  await Promise.all(Array.from({ length: job.connections }, oneConnection));
  return performance.now() - started;
};

/** A due request that finds no free connection waits for one, and its clock runs. */
const openLoop = async (job: OpenLoop, tally: Tally): Promise<number> => {
  const take = requestsOf(job.target, job.addresses);
  const total = Math.round((job.perSecond * job.durationMs) / 1000);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const free: ((due: number) => void)[] = [];
  const waiting: number[] = [];
  const oneConnection = async () => {
    let due = 0;
    const connection = await openConnection(job.target.port, {
      onAnswer: (status) => {
        note(tally, status, due);
        const next = waiting.shift();
        if (next === undefined) free.push(send);
        else send(next);
        if (tally.times.count() === total) resolve();
      },
      onLost: reject,
    });
    const send = (at: number): void => {
      due = at;
      connection.send(take());
    };
    free.push(send);
    return connection;
  };
  const connections = await Promise.all(Array.from({ length: job.connections }, oneConnection));
  const started = performance.now();
  const stopPace = atConstantRate(job.perSecond, total, (due) => {
    const send = free.pop();
    if (send === undefined) waiting.push(due);
    else send(due);
  });
  await inTime(promise, job.durationMs + LONGEST_WAIT);
  stopPace();
  for (const connection of connections) connection.close();
  return performance.now() - started;
};

/** Calls back for each due moment, as soon as the timer, exact to about a millisecond, lets it. */
const atConstantRate = (perSecond: number, total: number, onDue: (due: number) => void): (() => void) => {
  const started = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    for (; count < total; count += 1) {
      const due = started + (count * 1000) / perSecond;
      if (due > now) return;
      onDue(due);
    }
  }, 1);
  return () => clearInterval(timer);
};

const inTime = async (work: Promise<void>, milliseconds: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`answers are missing after ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
