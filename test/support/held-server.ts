import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from './until.ts';

/** Answers every request with 200 while it is running. */
const SERVER = `const { createServer } = require('node:http');
const server = createServer((req, res) => { req.resume(); res.end(); });
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.stdout.write(server.address().port + '\\n'));`;

export type HeldServer = {
  readonly port: number;
  readonly letGo: () => void;
  readonly stop: () => Promise<void>;
};

/**
 * A server that can be stopped. Connecting to it then blocks, as for a container that is gone: the kernel's accept
 * queue is full.
 */
export const heldServer = async (): Promise<HeldServer> => {
  // The kernel kills it together with this process: while stopped, it could not end by itself.
  const program = ['--pdeathsig', 'KILL', process.execPath, '--eval', SERVER];
  const child = spawn('setpriv', program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number.parseInt(said.toString(), 10);
  child.kill('SIGSTOP');
  const places = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await eventually('a connection that has to wait', async () =>
    places.filter(({ connecting }) => !connecting).length >= 2 ? true : undefined,
  );
  return {
    port,
    letGo: () => {
      for (const place of places) place.destroy();
      child.kill('SIGCONT');
    },
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const place of places) place.destroy();
    },
  };
};
