import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { apiClient } from '../support/api-client.ts';
import { eventually, until } from '../support/until.ts';
import { runEntryPoint, startService, type ServiceProcess } from '../support/service-process.ts';
import { testFolder } from '../support/test-folder.ts';

const sh = promisify(execFile);
const BETWEEN = '-- next line --';

/** What an operator may have exported for a real service before trying the demo. */
const ofRealService = {
  DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/real',
  REDIS_URL: 'redis://127.0.0.1:1',
  RABBITMQ_URL: 'amqp://127.0.0.1:1',
  WEB_CONCURRENCY: '4',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  JWT_SECRET: 'a secret of thirty-two characters or more',
  JWT_AUDIENCE: 'somebody-else',
  GOOGLE_SHEETS_CREDENTIALS_PATH: '/nowhere/key.json',
  REDIS_CA_PATH: '/nowhere/ca.pem',
  PUBLIC_URL: 'https://real.example.test',
  TRUSTED_PROXIES: '127.0.0.0/8',
  IP_RANGES_PATH: '/nowhere/ranges.json',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
};

describe('npm run demo', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  /** A folder name as home folders may have: the printed lines must quote it. */
  let dataDir: string;
  let demo: ServiceProcess;
  let answers: readonly string[];

  /** The answers to the printed lines, run one after the other in one shell, as by somebody who copies them. */
  const followed = async (text: string): Promise<readonly string[]> => {
    const lesson = text.slice(text.indexOf('The sandbox plays'));
    const lines = lesson.split('\n').filter((line) => /^(?:curl|TOKEN=)/.test(line));
    const script = lines.map((line) => `${line}\necho '${BETWEEN}'`).join('\n');
    const { stdout } = await sh('sh', ['-euc', script], { cwd: tmpdir() });
    return stdout
      .split(BETWEEN)
      .slice(0, -1)
      .map((answer) => answer.trim());
  };

  before(async () => {
    folder = await testFolder();
    dataDir = join(folder.path, "Nobody's data");
    demo = await startService({ ...ofRealService, DATA_DIR: dataDir, SANDBOX_PORT: '0' }, 'sandbox/demo.ts');
    await eventually('the lines to copy', async () => demo.output().includes('Ctrl-C ends') || undefined);
    answers = await followed(demo.output());
  });
  after(async () => {
    await demo.stop();
    folder.remove();
  });

  it('does not touch what a real service uses', async () => {
    // A database that stalls for a second on a busy machine counts as down for a moment.
    const health = await until(
      async () => (await fetch(`${demo.url}/health`)).text(),
      (text) => text.startsWith('{"status":"ok"'),
    );
    expect(health).to.not.match(/redis|rabbitmq/);
  });

  it("gives senders of webhooks its own address, and sends nothing to a real service's collector", async () => {
    const DATA_DIR = join(dataDir, 'demo');
    const token = await runEntryPoint('src/token.ts', ['--tenant', 'uk_company_1', '--admin'], { DATA_DIR });
    const api = apiClient({ url: demo.url, tenant: 'uk_company_1', credential: token.stdout.trim() });
    const hook = { webhook_name: 'our repository', source_service: 'github' };
    const { body, text } = await api.post<{ readonly data: { readonly webhook_url: string } }>(
      '/webhooks',
      hook,
    );
    expect(body.data.webhook_url, text).to.match(new RegExp(`^${demo.url}/webhooks/in/whk_`));
    expect(demo.output()).to.not.match(/trace_id|managed address lists not refreshed/);
  });

  it('prints lines that, copied in order, show a house from Google, then one from Yandex, a sheet and a row', () => {
    const [token, google, fail, yandex, heal, cells, row, ...more] = answers;
    expect([token, fail, heal, ...more]).to.deep.equal(['', '', '']);
    expect(google).to.match(/^HTTP\/1\.1 200[^]+"precision":"house"[^]+"provider":"google_maps"/);
    expect(yandex).to.match(/^HTTP\/1\.1 200[^]+"provider":"yandex_maps"/);
    expect(yandex).to.match(/"google_maps","outcome":"provider-unavailable"/);
    expect(cells).to.match(/"values":\[\["id","address","done"\]/);
    expect(row).to.match(/"updated_range":"'Заявки'!A3:C3","updated_rows":1/);
  });
});
