/** Who may import what. Folders are anchored at the repository; type-only imports count like any other. */
export type Layer = {
  readonly name: string;
  /** Files whose path starts with one of these belong to the layer; the first layer that fits is it. */
  readonly folders: readonly string[];
  readonly mayImportFolders: readonly string[];
  readonly mayImportPackages: readonly string[] | 'any';
  /** Exceptions to `mayImportFolders`: these are refused all the same. */
  readonly refusedFiles?: readonly string[];
};

const everywhere = ['src/domain/'];
const fpTs = ['fp-ts/lib/Either.js', 'fp-ts/lib/function.js'];

export const layers: readonly Layer[] = [
  { name: 'fp-ts door', folders: ['src/domain/shared/fp.ts'], mayImportFolders: [], mayImportPackages: fpTs },
  {
    name: 'domain',
    folders: ['src/domain/'],
    mayImportFolders: everywhere,
    mayImportPackages: ['node:crypto'],
  },
  {
    name: 'queries',
    folders: ['src/application/queries/'],
    mayImportFolders: [...everywhere, 'src/application/'],
    mayImportPackages: ['io-ts'],
    refusedFiles: [
      'src/application/unit-of-work.ts',
      'src/application/event-bus.ts',
      'src/application/commands/',
    ],
  },
  {
    name: 'application',
    folders: ['src/application/'],
    mayImportFolders: [...everywhere, 'src/application/'],
    mayImportPackages: ['io-ts', 'node:crypto'],
  },
  {
    name: 'container',
    folders: ['src/infrastructure/container/'],
    mayImportFolders: [...everywhere, 'src/application/', 'src/infrastructure/'],
    mayImportPackages: ['inversify', 'node:crypto', 'node:fs', 'node:path'],
  },
  {
    name: 'infrastructure',
    folders: ['src/infrastructure/'],
    mayImportFolders: [...everywhere, 'src/application/', 'src/infrastructure/', 'migrations/'],
    mayImportPackages: 'any',
    refusedFiles: ['src/infrastructure/container/'],
  },
  {
    // What callers and we send each other, whichever edge carries it.
    name: 'wire',
    folders: ['src/interfaces/wire/'],
    mayImportFolders: [...everywhere, 'src/application/', 'src/interfaces/wire/'],
    mayImportPackages: ['io-ts', 'node:buffer'],
  },
  {
    name: 'http',
    folders: ['src/interfaces/http/'],
    mayImportFolders: [...everywhere, 'src/application/', 'src/interfaces/wire/', 'src/interfaces/http/'],
    mayImportPackages: ['express', 'io-ts', 'swagger-ui-dist', 'node:'],
  },
  {
    name: 'amqp',
    folders: ['src/interfaces/amqp/'],
    mayImportFolders: [...everywhere, 'src/application/', 'src/interfaces/wire/', 'src/interfaces/amqp/'],
    mayImportPackages: ['node:crypto'],
  },
  {
    name: 'interfaces',
    folders: ['src/interfaces/'],
    mayImportFolders: [...everywhere, 'src/application/', 'src/interfaces/'],
    mayImportPackages: ['node:'],
  },
  { name: 'entry points', folders: ['src/'], mayImportFolders: ['src/'], mayImportPackages: ['node:'] },
];

/** Packages only one folder may import, whatever its layer allows. */
export const confined: Readonly<Record<string, string>> = {
  'fp-ts': 'src/domain/shared/fp.ts',
  inversify: 'src/infrastructure/container/',
  express: 'src/interfaces/http/',
  cockatiel: 'src/infrastructure/resilience/',
  '@mikro-orm': 'src/infrastructure/postgres/',
  kysely: 'src/infrastructure/postgres/',
  ioredis: 'src/infrastructure/redis/',
  amqplib: 'src/infrastructure/rabbitmq/',
  jose: 'src/infrastructure/security/',
  undici: 'src/infrastructure/providers/',
  '@googleapis': 'src/infrastructure/providers/google-sheets/',
  winston: 'src/infrastructure/telemetry/',
  'prom-client': 'src/infrastructure/telemetry/',
  '@opentelemetry': 'src/infrastructure/telemetry/',
};
