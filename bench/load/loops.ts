import type { ClosedLoop, Job, Measured, OpenLoop } from './job.ts';
import { openConnection, type KeepAliveConnection } from './keep-alive-connection.ts';
import { latencies, type Latencies } from './latencies.ts';
import { requestsOf } from './requests.ts';
import { waitingLine, type Send, type WaitingLine } from './waiting-line.ts';

/** Milliseconds after which a missing answer makes the measurement fail. */
const LONGEST_WAIT = 30_000;

type Tally = {
  readonly times: Latencies;
  readonly statuses: Record<string, number>;
  each?: Float64Array;
};

export const run = async (job: Job): Promise<Measured> => {
  const tally: Tally = { times: latencies(), statuses: {} };
  const elapsedMs = await (job.kind === 'closed' ? closedLoop(job, tally) : openLoop(job, tally));
  const { times, statuses, each } = tally;
  return {
    answers: times.count(),
    statuses,
    perSecond: (times.count() / elapsedMs) * 1000,
    ...times.summary(),
    ...(each && { each }),
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

/** A request in progress: its number from 0, when it was due, and since when only the server has delayed it. */
type Turn = { readonly number: number; readonly due: number; readonly since: number };

const openLoop = async (job: OpenLoop, tally: Tally): Promise<number> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const total = Math.round((job.perSecond * job.durationMs) / 1000);
  const each = job.keepsEach && new Float64Array(total);
  const line = waitingLine();
  const onAnswer = (status: number, turn: Turn): void => {
    if (each) each[turn.number] = performance.now() - turn.since;
    note(tally, status, turn.due);
    if (tally.times.count() === total) resolve();
  };
  const take = numbered(requestsOf(job.target, job.addresses));
  const oneConnection = () => inLine(job.target.port, line, { take, onAnswer, onLost: reject });
  const connections = await Promise.all(Array.from({ length: job.connections }, oneConnection));
  const started = performance.now();
  const stopPace = atConstantRate(job.perSecond, total, line.onDue);
  await inTime(promise, job.durationMs + LONGEST_WAIT);
  stopPace();
  for (const connection of connections) connection.close();
  if (each) tally.each = each;
  return performance.now() - started;
};

type Numbered = () => { readonly number: number; readonly request: Buffer };

const numbered = (take: () => Buffer): Numbered => {
  let next = 0;
  return () => ({ number: next++, request: take() });
};

type Lane = {
  readonly take: Numbered;
  readonly onAnswer: (status: number, turn: Turn) => void;
  readonly onLost: (error: Error) => void;
};

/** A connection that becomes free again with each answer. */
const inLine = async (
  port: number,
  line: WaitingLine,
  { take, onAnswer, onLost }: Lane,
): Promise<KeepAliveConnection> => {
  let turn: Turn = { number: 0, due: 0, since: 0 };
  const connection = await openConnection(port, {
    onAnswer: (status) => {
      onAnswer(status, turn);
      line.onFree(send);
    },
    onLost,
  });
  const send: Send = (due, hasWaited) => {
    const { number, request } = take();
    turn = { number, due, since: hasWaited ? due : performance.now() };
    connection.send(request);
  };
  line.onFree(send);
  return connection;
};

/** Calls back at each due time, as soon as the timer, accurate to about a millisecond, permits. */
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
