import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, until } from '../../../bench/rig/waiting.ts';
import { debianProgram } from '../../../test/support/debian-program.ts';

export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: unknown };

export type Prometheus = {
  readonly version: string;
  /** Instant query; rejects with the error that Prometheus reports. */
  readonly query: (expression: string) => Promise<readonly Sample[]>;
  readonly stop: () => Promise<void>;
};

/**
 * The machine's Prometheus, installed by apt if it is missing and installing is possible (root on Debian). Otherwise
 * rejects with the reason.
 */
export const findPrometheus = (): Promise<string> => debianProgram('prometheus');

/** The output of promtool; rejects when it reports an error. */
export const promtool = async (args: readonly string[], input?: string): Promise<string> => {
  const child = spawn('promtool', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`promtool ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
};

/** Scrapes `targets` and evaluates `rulesFile` every second. */
export const startPrometheus = async (
  folder: string,
  rulesFile: string,
  targets: readonly string[],
): Promise<Prometheus> => {
  const version = await findPrometheus();
  const port = await freePort();
  mkdirSync(join(folder, 'tsdb'));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [rulesFile],
      scrape_configs: [{ job_name: 'integration-service', static_configs: [{ targets }] }],
    }),
  );
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'TERM',
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const gone = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await until('Prometheus answers', async () => {
    if (child.exitCode !== null) throw new Error('Prometheus ended');
    return (await fetch(`${url}/-/ready`)).ok;
  });
  return {
    version,
    query: (expression) => query(url, expression),
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
};

const query = async (url: string, expression: string): Promise<readonly Sample[]> => {
  const answer = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  });
  const body = (await answer.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data: { readonly resultType: string; readonly result: readonly Sample[] };
  };
  if (body.status !== 'success') throw new Error(`${body.error} in ${expression}`);
  return body.data.result;
};
