// `npm run demo`: the service with its embedded database, the sandbox beside it, and both providers registered.
import { spawn } from 'node:child_process';
import { startSandbox } from './sandbox.ts';

const sandbox = await startSandbox({ port: Number(process.env['SANDBOX_PORT'] ?? '8106') });
const port = process.env['PORT'] ?? '8006';
const tenant = process.env['MANAGEMENT_COMPANY_ID'] ?? 'uk_company_1';
const environment = {
  ...process.env,
  PORT: port,
  DATA_DIR: process.env['DATA_DIR'] ?? '.data/demo',
  ALLOW_PRIVATE_PROVIDERS: 'true',
  MANAGEMENT_COMPANY_ID: tenant,
};
const project = `${import.meta.dirname}/..`;

const output = (command: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd: project,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('close', (code) =>
      code === 0 ? resolve(text.trim()) : reject(new Error(`${command[0]} ended with ${code}`)),
    );
  });

const service = spawn(process.execPath, ['src/main.ts'], {
  cwd: project,
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ready = new Promise<void>((resolve, reject) => {
  service.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    if (chunk.toString().includes('listens on')) resolve();
  });
  service.on('close', (code) => reject(new Error(`the service ended with ${code}`)));
});
const stop = (): void => {
  service.removeAllListeners('close');
  service.on('close', () => void sandbox.stop().then(() => process.exit(0)));
  service.kill('SIGTERM');
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

await ready;
const token = await output(['src/token.ts', '--tenant', tenant, '--admin']);

const register = async (body: object): Promise<void> => {
  const answer = await fetch(`http://127.0.0.1:${port}/services`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'x-management-company-id': tenant,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  // 409: registered by an earlier demo on the same data.
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`not registered: ${answer.status} ${await answer.text()}`);
};

const base = { service_type: 'geocoding', api_key: 'SANDBOX-OK' };
await register({
  ...base,
  service_name: 'google_maps',
  display_name: 'Google Maps (sandbox)',
  base_url: sandbox.googleBaseUrl,
  config: { routes_base_url: sandbox.routesBaseUrl },
  priority: 100,
  cost_per_call: '0.005',
});
await register({
  ...base,
  service_name: 'yandex_maps',
  display_name: 'Yandex Maps (sandbox)',
  base_url: sandbox.yandexBaseUrl,
  config: { distance_base_url: sandbox.yandexDistanceBaseUrl },
  priority: 90,
});

console.log(`Sandbox on ${sandbox.url} (control: ${sandbox.url}/__control). Both providers are registered; try a house:

curl -sS -i http://127.0.0.1:${port}/geocoding/geocode -H "Authorization: Bearer $(DATA_DIR=${environment.DATA_DIR} npm run --silent token -- --tenant ${tenant} --admin)" -H 'X-Management-Company-Id: ${tenant}' -H 'Content-Type: application/json' -d '{"address":"Москва, ул. Тверская, 13"}'

Let Google refuse, and see Yandex answer:

curl -sS ${sandbox.url}/__control -H 'Content-Type: application/json' -d '{"provider":"google","mode":"503"}'
`);
