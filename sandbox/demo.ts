// `npm run demo`: the service with its embedded database, the sandbox beside it, its providers registered and a
// spreadsheet to try.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { shellWord } from '../src/interfaces/console/shell-word.ts';
import { startSandbox } from './sandbox.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const LISTENS = /listens on (http:\/\/[^\s]+)/;
const tenant = process.env['MANAGEMENT_COMPANY_ID'] || 'uk_company_1';
/** A separate folder: the demo must not redirect anybody's real providers to the sandbox. */
const dataDir = resolve(PROJECT, process.env['DATA_DIR'] || '.data', 'demo');
/**
 * Variables that may be exported in the same shell for a real service, whose data, queues, caches, keys and addresses
 * must not be used by the demo.
 */
const ofRealServices = [
  'DATABASE_URL',
  'REDIS_URL',
  'REDIS_CA_PATH',
  'RABBITMQ_URL',
  'WEB_CONCURRENCY',
  'SPOOL_DIR',
  'ENCRYPTION_KEYS',
  'JWT_SECRET',
  'JWT_JWKS_URL',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'GOOGLE_MAPS_API_KEY',
  'YANDEX_MAPS_API_KEY',
  'GOOGLE_SHEETS_CREDENTIALS_PATH',
  'PUBLIC_URL',
  'TRUSTED_PROXIES',
  'IP_RANGES_PATH',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];
const environment = {
  ...process.env,
  ...Object.fromEntries(ofRealServices.map((name) => [name, undefined])),
  DATA_DIR: dataDir,
  MANAGEMENT_COMPANY_ID: tenant,
  // The sandbox listens on loopback, where providers are otherwise not permitted.
  ALLOW_PRIVATE_PROVIDERS: 'true',
};

const sandbox = await startSandbox({ port: Number(process.env['SANDBOX_PORT'] || '8106') }).catch(
  (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`the sandbox cannot start, set another SANDBOX_PORT (${reason})`);
    return process.exit(1);
  },
);
const service = spawn(process.execPath, ['src/main.ts'], {
  cwd: PROJECT,
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise<number>((resolveEnd) => {
  service.on('close', (code) => resolveEnd(code ?? 1));
});

let stopping = false;
/**
 * Stops both, the service first, which may still be answering from the sandbox. Ctrl-C also reaches the service
 * directly.
 */
const stop = async (code: number): Promise<void> => {
  if (stopping) return;
  stopping = true;
  service.kill('SIGTERM');
  await ended;
  await sandbox.stop();
  process.exit(code);
};
process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
void ended.then((code) => stop(code));

/** Forwards the service's output, and resolves with its address once it reports that it listens. */
const listening = new Promise<string>((resolveUrl) => {
  let text = '';
  service.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    text += chunk.toString();
    const url = LISTENS.exec(text)?.[1];
    if (url !== undefined) resolveUrl(url);
  });
});

const administratorToken = (): Promise<string> =>
  new Promise((resolveToken, reject) => {
    const child = spawn(process.execPath, ['src/token.ts', '--tenant', tenant, '--admin'], {
      cwd: PROJECT,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('close', (code) =>
      code === 0 ? resolveToken(text.trim()) : reject(new Error(`no token: ended with ${code}`)),
    );
  });

const maps = { service_type: 'geocoding', api_key: 'SANDBOX-OK' };
const key = sandbox.sheets.serviceAccount();
const spreadsheetId = sandbox.sheets.addSpreadsheet({
  title: 'Demo',
  sheets: [
    {
      title: 'Заявки',
      values: [
        ['id', 'address', 'done'],
        [1, 'Москва, ул. Тверская, 13', true],
      ],
    },
  ],
});

const providers = [
  {
    ...maps,
    service_name: 'google_maps',
    display_name: 'Google Maps (sandbox)',
    base_url: sandbox.googleBaseUrl,
    config: { routes_base_url: sandbox.routesBaseUrl },
    priority: 100,
    cost_per_call: '0.005',
  },
  {
    ...maps,
    service_name: 'yandex_maps',
    display_name: 'Yandex Maps (sandbox)',
    base_url: sandbox.yandexBaseUrl,
    config: { distance_base_url: sandbox.yandexDistanceBaseUrl },
    priority: 90,
    cost_per_call: '0.002',
  },
  {
    service_type: 'spreadsheet',
    service_name: 'google_sheets',
    display_name: 'Google Sheets (sandbox)',
    base_url: sandbox.sheetsBaseUrl,
    config: { token_url: sandbox.tokenUrl },
    credentials: key,
    priority: 0,
  },
];
type Provider = (typeof providers)[number];
type Ask = (method: string, path: string, body?: object, headers?: object) => Promise<Response>;

/**
 * Repeats the request when the answer says so: shortly after the start, a busy machine may stall the database for a
 * moment.
 */
const patiently =
  (ask: Ask): Ask =>
  async (...asked) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await ask(...asked);
      if (answer.status !== 503 || tries === MOST_TRIES) return answer;
      await pause(1_000);
    }
  };
const MOST_TRIES = 30;

/** Adds the provider; if an earlier demo left one in the same data, points it at this sandbox. */
const register = async (ask: Ask, { service_name, service_type, ...fields }: Provider): Promise<void> => {
  const wanted = { ...fields, is_active: true };
  const added = await ask('POST', '/services', { service_name, service_type, ...wanted });
  if (added.status === 201) return;
  if (added.status !== 409) throw new Error(`${service_name} not registered: ${await added.text()}`);
  const all = (await (await ask('GET', '/services?limit=200')).json()) as {
    data: readonly { readonly id: string; readonly service_name: string }[];
  };
  const path = `/services/${all.data.find((known) => known.service_name === service_name)?.id}`;
  const etag = (await ask('GET', path)).headers.get('etag') ?? '';
  const changed = await ask('PATCH', path, wanted, { 'if-match': etag });
  if (!changed.ok) throw new Error(`${service_name} not updated: ${await changed.text()}`);
};

/** Lines to copy into another terminal, from any folder. */
const lesson = (url: string): string => {
  const headers = `-H "Authorization: Bearer $TOKEN" -H 'X-Management-Company-Id: ${tenant}' -H 'Content-Type: application/json'`;
  const at = (path: string): string => shellWord(`${url}${path}`);
  const cells = `/sheets/${spreadsheetId}/values/%D0%97%D0%B0%D1%8F%D0%B2%D0%BA%D0%B8`;
  const geocode = `curl -sS -i ${at('/geocoding/geocode')} ${headers} -d '{"address":"Москва, ул. Тверская, 13"}'`;
  return `The sandbox plays Google and Yandex on ${sandbox.url}. In another terminal:

TOKEN=$(DATA_DIR=${shellWord(dataDir)} npm --prefix ${shellWord(PROJECT)} run --silent token -- --tenant ${tenant} --admin)

A house, from Google:
${geocode}

Let Google fail, and see Yandex answer instead:
curl -sS -o /dev/null ${sandbox.url}/__control -d '{"provider":"google","mode":"503"}'
${geocode} -H 'Cache-Control: no-cache'

And back again:
curl -sS -o /dev/null ${sandbox.url}/__control -d '{"provider":"google","mode":null}'

A spreadsheet, and a row that is added once however often it is sent:
curl -sS ${at(cells)} ${headers}
curl -sS ${at(`${cells}/append`)} ${headers} -H 'Idempotency-Key: first' -d '{"values":[[2,"Ташкент, улица Навои, 30",false]]}'

Ctrl-C ends everything.
`;
};

const run = async (): Promise<void> => {
  const url = await listening;
  const headers = {
    authorization: `Bearer ${await administratorToken()}`,
    'x-management-company-id': tenant,
    'content-type': 'application/json',
  };
  const ask: Ask = (method, path, body, more) =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  for (const provider of providers) await register(patiently(ask), provider);
  console.log(lesson(url));
};

run().catch((error: unknown) => {
  if (!stopping) console.error(`the demo failed: ${error instanceof Error ? error.message : String(error)}`);
  return stop(1);
});
