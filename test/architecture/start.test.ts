import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { importsOf, loadedBefore } from './imports-of.ts';

/** Hundreds of files each, for what not every installation does, or not at its start. */
const LATER = [
  'kysely',
  '@mikro-orm/core',
  '@mikro-orm/migrations',
  '@mikro-orm/postgresql',
  '@googleapis/sheets',
  'amqplib',
  'ioredis',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/exporter-trace-otlp-http',
];

/** These load most of the code while the database starts. */
const LOADS_THE_REST = 'src/serve.ts';

const loadedFrom = (file: string, seen = new Map<string, string>()): ReadonlyMap<string, string> => {
  const source = readFileSync(file, 'utf8');
  for (const name of file === LOADS_THE_REST ? importsOf(source) : loadedBefore(source)) {
    const module = name.startsWith('.') ? posix.join(posix.dirname(file), name) : name;
    if (seen.has(module)) continue;
    seen.set(module, file);
    if (module.endsWith('.ts')) loadedFrom(module, seen);
  }
  return seen;
};

describe('A start', () => {
  const loaded = loadedFrom('src/main.ts');

  it('loads the service', () => {
    expect(loaded.has('src/infrastructure/container/service.ts')).to.equal(true);
    expect(loaded.has('express')).to.equal(true);
  });

  it('loads no package that only some of its work needs', () => {
    const early = LATER.filter((name) => loaded.has(name)).map((name) => `${name} by ${loaded.get(name)}`);
    expect(early).to.deep.equal([]);
  });
});
