import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Direction = 'to-server' | 'to-client';

/** A proxy between a client and a server that subjects their connections to network faults. */
export type FaultProxy = {
  readonly port: number;
  /** Delays every chunk by this many milliseconds, in both directions or in one; the order is kept. */
  readonly delay: (milliseconds: number, direction?: Direction) => void;
  /** Accepts and keeps connections but forwards nothing, in both directions or in one. */
  readonly hang: (direction?: Direction) => void;
  /** Resets every connection, including new ones, until `pass`. */
  readonly cut: () => void;
  /** Resets every current connection, once. */
  readonly reset: () => void;
  /** Ends all faults. What was held back is forwarded. */
  readonly pass: () => void;
  readonly close: () => Promise<void>;
};

type Lane = { delayMs: number; isHung: boolean };

export const startFaultProxy = async (target: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultProxy> => {
  const lanes: Readonly<Record<Direction, Lane>> = {
    'to-server': { delayMs: 0, isHung: false },
    'to-client': { delayMs: 0, isHung: false },
  };
  const sockets = new Set<Socket>();
  const resumes = new Set<() => void>();
  let isCut = false;

  const pipe = (from: Socket, to: Socket, lane: Lane): void => {
    let due = 0;
    const delayed: Buffer[] = [];
    // Timers of different lengths do not fire in the order of their chunks: whichever fires sends the oldest one.
    const send = (chunk: Buffer | undefined): void =>
      void (chunk !== undefined && to.writable && to.write(chunk));
    const look = (): void => void (lane.isHung ? from.pause() : from.resume());
    resumes.add(look);
    from.on('data', (chunk: Buffer) => {
      const now = performance.now();
      // Never before an earlier chunk, also when the delay has just become shorter.
      due = Math.max(now + lane.delayMs, due);
      if (due <= now && delayed.length === 0) return send(chunk);
      delayed.push(chunk);
      setTimeout(() => send(delayed.shift()), due - now);
    });
    from.on('close', () => {
      resumes.delete(look);
      sockets.delete(from);
      to.destroy();
    });
    from.on('error', () => to.destroy());
    look();
  };

  const server = createServer((client) => {
    sockets.add(client);
    if (isCut) return void client.resetAndDestroy();
    const upstream = connect({ ...target, noDelay: true });
    sockets.add(upstream);
    client.setNoDelay(true);
    pipe(client, upstream, lanes['to-server']);
    pipe(upstream, client, lanes['to-client']);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));

  const each = (direction: Direction | undefined, change: Partial<Lane>): void => {
    for (const [name, lane] of Object.entries(lanes))
      if (direction === undefined || name === direction) Object.assign(lane, change);
    for (const look of resumes) look();
  };
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    delay: (delayMs, direction) => each(direction, { delayMs }),
    hang: (direction) => each(direction, { isHung: true }),
    cut: () => {
      isCut = true;
      reset();
    },
    reset,
    pass: () => {
      isCut = false;
      each(undefined, { delayMs: 0, isHung: false });
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
