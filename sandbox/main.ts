import { startSandbox } from './sandbox.ts';

const readPort = (text: string | undefined): number | undefined => {
  const port = Number(text ?? '8106');
  return Number.isInteger(port) && port >= 0 && port <= 65_531 ? port : undefined;
};

const port = readPort(process.env['SANDBOX_PORT']);
if (port === undefined) {
  console.error('SANDBOX_PORT must be a port number');
  process.exit(1);
}

const sandbox = await startSandbox({
  port,
  separatePorts: process.env['SANDBOX_SEPARATE_PORTS'] === 'true',
}).catch((error: unknown) => {
  console.error(`the sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`);
  return process.exit(1);
});

console.log(`Google Geocoding   ${sandbox.googleBaseUrl}
Google Routes      ${sandbox.routesBaseUrl}
Yandex Geocoder    ${sandbox.yandexBaseUrl}
Yandex Distance    ${sandbox.yandexDistanceBaseUrl}
Google Sheets      ${sandbox.sheetsBaseUrl} (tokens: ${sandbox.tokenUrl})
Control            ${sandbox.url}/__control
Key                SANDBOX-OK (others select faults: see sandbox/README.md)`);

const stop = (): void => void sandbox.stop().then(() => process.exit(0));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
