import { readdirSync, readFileSync } from 'node:fs';

const TELEMETRY = new URL('../../src/infrastructure/telemetry/', import.meta.url);

/** Every metric of our own defined in the code, wherever it is exposed: some need a broker or workers. */
export const definedMetrics = (): readonly string[] =>
  readdirSync(TELEMETRY)
    .flatMap((file) => [
      ...readFileSync(new URL(file, TELEMETRY), 'utf8').matchAll(/'(integration_[a-z_]+)'/g),
    ])
    .map(([, name = '']) => name)
    .toSorted();
