import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './at-end.ts';
import { freePort, until } from './waiting.ts';

const PROJECT = `${import.meta.dirname}/../..`;
const TENANT = 'uk_company_1';

/** The whole service as `npm start` runs it, on its embedded PostgreSQL, with requests logged to a file. */
export type Service = {
  readonly port: number;
  readonly pid: number;
  /** The headers of a caller with a service token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly administrator: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

/** The environment of `npm start`, with these additions: no tenant limit, providers on loopback. */
export const serviceEnvironment = (folder: string, port: number): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  PORT: String(port),
  DATA_DIR: join(folder, 'data'),
  RATE_LIMIT_GEOCODING_PER_MINUTE: '0',
  RATE_LIMIT_SHEETS_PER_MINUTE: '0',
  ALLOW_PRIVATE_PROVIDERS: 'true',
});

type Further = {
  /** Options of Node, before the entry point. */
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

export const startService = async (
  folder: string,
  googleUrl: string,
  { nodeOptions = [], environment = {} }: Further = {},
): Promise<Service> => {
  const port = await freePort();
  const env = { ...serviceEnvironment(folder, port), ...environment };
  const log = join(folder, 'service.log');
  const output = openSync(log, 'a');
  // The kernel ends it when this process is killed.
  const command = ['--pdeathsig', 'TERM', process.execPath, ...nodeOptions, 'src/main.ts'];
  const child = spawn('setpriv', command, { cwd: PROJECT, env, stdio: ['ignore', output, output] });
  closeSync(output);
  const gone = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  atEnd(stop);
  await until(`the service answers (${log})`, async () => {
    if (child.exitCode !== null) throw new Error(`the service ended:\n${readFileSync(log, 'utf8')}`);
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  });
  const administrator = headersWith(await token(env, '--admin'));
  await registerGoogle(port, administrator, googleUrl);
  const headers = headersWith(await token(env, '--scope', 'geocoding', '--scope', 'sheets'));
  return { port, pid: child.pid ?? 0, headers, administrator, stop };
};

const token = async (env: NodeJS.ProcessEnv, ...grant: readonly string[]): Promise<string> => {
  const args = ['src/token.ts', '--tenant', TENANT, ...grant];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PROJECT, env });
  return stdout.trim();
};

const headersWith = (bearer: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer ${bearer}`,
  'X-Management-Company-Id': TENANT,
});

const registerGoogle = async (
  port: number,
  administrator: Service['administrator'],
  googleUrl: string,
): Promise<void> => {
  const answer = await fetch(`http://127.0.0.1:${port}/services`, {
    method: 'POST',
    headers: { ...administrator, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      service_type: 'geocoding',
      service_name: 'google_maps',
      display_name: 'Google Maps (sandbox)',
      base_url: googleUrl,
      api_key: 'SANDBOX-BENCH',
      priority: 100,
      cost_per_call: '0.005',
    }),
  });
  if (answer.status !== 201) throw new Error(`not registered: ${answer.status} ${await answer.text()}`);
};
