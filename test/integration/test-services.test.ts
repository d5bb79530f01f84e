import { expect } from 'chai';
import { Client } from 'pg';
import { freshDatabase, postgresServer } from '../support/postgres-server.ts';
import { dockerWay, findService, type ServiceRecipe, type TestService } from '../support/services.ts';

const namesOn = async (url: string): Promise<readonly string[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    return rows.map(({ datname }) => datname);
  } finally {
    await client.end();
  }
};

describe('the PostgreSQL of a test run', () => {
  it('is one server for all callers', async () => {
    const [one, two] = await Promise.all([postgresServer(), postgresServer()]);
    expect(one.adminUrl).to.equal(two.adminUrl);
  });

  it('gives every suite a database of its own and drops it, even with open sessions', async () => {
    const { adminUrl } = await postgresServer();
    const [one, two] = [await freshDatabase(), await freshDatabase()];
    expect(one.url).not.to.equal(two.url);
    const name = new URL(one.url).pathname.slice(1);
    expect(await namesOn(adminUrl)).to.include(name);
    // Two errors arrive: the server's termination message and the closed connection.
    const session = new Client({ connectionString: one.url });
    const cutOff = new Promise((resolve) => session.on('error', resolve));
    await session.connect();
    await Promise.all([one.drop(), two.drop(), cutOff]);
    expect(await namesOn(adminUrl)).not.to.include(name);
  });
});

describe('findService', () => {
  const found: TestService = { url: 'test://found', stop: async () => undefined };
  const recipe: ServiceRecipe = {
    name: 'Example 1',
    variable: 'TEST_EXAMPLE_URL',
    container: {
      image: 'example.invalid/none:1',
      port: 1,
      environment: {},
      ready: { line: /ready/, times: 1 },
      url: (host, port) => `example://${host}:${port}`,
    },
    fromBinaries: async () => found,
    aptPackages: ['no-such-package-as-this-one'],
  };
  const environment = process.env;
  beforeEach(() => {
    // No Docker engine, whatever this machine has; one that Testcontainers has already found in this process is kept.
    process.env = { ...environment, DOCKER_HOST: 'tcp://127.0.0.1:1' };
  });
  afterEach(() => {
    process.env = environment;
  });

  it('prefers the server named in the environment', async () => {
    process.env['TEST_EXAMPLE_URL'] = 'example://given:5';
    expect((await findService(recipe)).url).to.equal('example://given:5');
  });

  it('starts one from binaries where there is no Docker', async () => {
    expect(await findService(recipe)).to.equal(found);
  });

  it('waits once for a Docker engine that hangs, however many servers are looked for', async () => {
    let asked = 0;
    const hanging = dockerWay(() => {
      asked += 1;
      return new Promise<TestService>(() => undefined);
    }, 5);
    const outcomes = [await hanging(recipe), await hanging(recipe)];
    expect(outcomes).to.deep.equal(outcomes.map(() => ({ unavailable: 'Docker: not ready after 0.005 s' })));
    expect(asked).to.equal(1);
  });

  it('says what to install when no way works', async function () {
    this.timeout(60_000);
    // Otherwise this would really ask apt-get for the package that does not exist.
    process.env['PATH'] = '/nowhere';
    const nothing = { ...recipe, fromBinaries: async () => ({ unavailable: 'no binaries' }) };
    const failure = await findService(nothing).then(
      () => 'found',
      (error: unknown) => String(error),
    );
    expect(failure).to.include('TEST_EXAMPLE_URL=example://host:1');
    expect(failure).to.include('apt-get install -y no-such-package-as-this-one');
    expect(failure).to.include('Docker').and.include('no binaries');
  });
});
