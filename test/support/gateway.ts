import { SignJWT, type JWTPayload } from 'jose';
import { Client, type QueryResultRow } from 'pg';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { apiClient, type Answer, type ApiClient } from './api-client.ts';
import { patientClient } from './patient-client.ts';
import { migratedCopy } from './postgres-server.ts';
import { startService, type Environment, type ServiceProcess } from './service-process.ts';
import { shipped } from './shipped.ts';
import { testFolder } from './test-folder.ts';
import { until } from './until.ts';
import type { Data, PageOf, Service } from './wire.ts';

export const JWT_SECRET = 'a secret of thirty-two characters or more';
export const ISSUER = 'integration-service';

/** A service process with its own database, and a sandbox: what the end-to-end tests run against. */
export type Gateway = {
  readonly sandbox: Sandbox;
  readonly databaseUrl: string;
  readonly environment: Environment;
  readonly service: () => ServiceProcess;
  /** A client with an administrator's token for the tenant. */
  readonly administrator: (tenant: string) => Promise<ApiClient>;
  readonly caller: (tenant: string, credential: string) => ApiClient;
  /** Runs SQL as the owner of the database, to whom no tenant policy applies. */
  readonly sql: <R extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<readonly R[]>;
  /** Ends the process with SIGTERM or kill -9, and starts another one on the same database. */
  readonly restart: (how: 'stop' | 'kill', change?: Environment) => Promise<void>;
  /** The output of all processes so far. */
  readonly output: () => string;
  readonly answers: readonly Answer<unknown>[];
  readonly stop: () => Promise<void>;
};

export const administratorToken = async (
  claims: JWTPayload,
  { secret = JWT_SECRET, without }: { readonly secret?: string; readonly without?: string } = {},
): Promise<string> => {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: ISSUER, aud: ISSUER, sub: 'admin-1', iat: now, exp: now + 3600 };
  const all = Object.entries({ ...usual, ...claims }).filter(([name]) => name !== without);
  return new SignJWT(Object.fromEntries(all))
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
};

const standardEnvironment = (databaseUrl: string, folder: string): Environment => ({
  DATABASE_URL: databaseUrl,
  // Not the project's folder: what one test spools must not be taken over by another's service.
  DATA_DIR: folder,
  HOST: '127.0.0.1',
  JWT_SECRET,
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  ALLOW_PRIVATE_PROVIDERS: 'true',
  RATE_LIMIT_GEOCODING_PER_MINUTE: '0',
  // The sandbox counts a probe as a call, although it costs nothing and is not in the trail.
  PROBE_INTERVAL_SECONDS: '3600',
});

/** Paths and statements that read recorded calls. */
const TELLS_OF_CALLS = /^\/logs|\/costs|integration_logs|tapped_events|outbox_messages/;

/**
 * Starts all three. The tenant has no limits unless `change` sets them. With a `JWT_JWKS_URL` in `change`, `sign` makes
 * the administrators' tokens.
 */
export const startGateway = async (
  change: Environment = {},
  sign?: (claims: JWTPayload) => Promise<string>,
): Promise<Gateway> => {
  const [sandbox, database, folder] = await Promise.all([startSandbox(), migratedCopy(), testFolder()]);
  const { JWT_SECRET: secret = JWT_SECRET, ...others }: Environment = {
    ...standardEnvironment(database.url, folder.path),
    ...change,
  };
  const environment = sign === undefined ? { JWT_SECRET: secret, ...others } : others;
  const signed = sign ?? ((claims: JWTPayload) => administratorToken(claims, { secret }));
  const owner = new Client({ connectionString: database.url, application_name: 'end-to-end test' });
  await owner.connect();
  let service = await startService(environment);
  let before = '';
  const answers: Answer<unknown>[] = [];
  const output = (): string => before + service.output();
  const caller = (tenant: string, credential: string): ApiClient => {
    const api = patientClient(
      apiClient({ url: service.url, tenant, credential }, (answer) => answers.push(answer)),
    );
    const get: ApiClient['get'] = async (path, headers) => {
      if (TELLS_OF_CALLS.test(path)) await shipped(service);
      return api.get(path, headers);
    };
    return { ...api, get };
  };
  return {
    sandbox,
    databaseUrl: database.url,
    environment,
    service: () => service,
    administrator: async (tenant) => caller(tenant, await signed({ tenants: [tenant] })),
    caller,
    sql: async <R extends QueryResultRow>(text: string, values: readonly unknown[] = []) => {
      if (TELLS_OF_CALLS.test(text)) await shipped(service);
      return (await owner.query<R>(text, [...values])).rows;
    },
    restart: async (how, more = {}) => {
      await (how === 'stop' ? service.stop() : service.kill());
      before += service.output();
      service = await startService({ ...environment, ...more });
    },
    output,
    answers,
    stop: async () => {
      await service.stop();
      await sandbox.stop();
      await owner.end();
      await database.drop();
      folder.remove();
      noDeadlockIn(output());
    },
  };
};

/**
 * A deadlock is our own fault, never the machine's. Callers see it as a lost database and the clients of the tests
 * retry, so nothing else would reveal it.
 */
export const noDeadlockIn = (said: string): void => {
  const line = said.split('\n').find((one) => one.includes('deadlock detected'));
  if (line !== undefined) throw new Error(`statements of the service waited for each other: ${line}`);
};

/**
 * Retries as callers are told to: a database that stalls for a third of a second on a busy machine counts as
 * unavailable for a moment. A request that changes something must carry an idempotency key.
 */
export const whenAvailable = <B>(ask: () => Promise<Answer<B>>): Promise<Answer<B>> =>
  until(
    ask,
    ({ status, text }) => status !== 503 && !(status === 409 && text.includes('"idempotency-in-progress"')),
  );

/** The service was stored, although the answer that said so was lost. */
const theOneIn = async (api: ApiClient, body: object): Promise<Service> => {
  const { body: page } = await whenAvailable(() => api.get<PageOf<Service>>('/services?limit=100'));
  const found = page.data.find(
    ({ service_name }) => 'service_name' in body && service_name === body.service_name,
  );
  if (found === undefined) throw new Error(`not registered: ${JSON.stringify(page)}`);
  return found;
};

/**
 * Registers a service for the tenant, without an idempotency key, whose kept answer would be one more stored secret.
 */
export const registered = async (api: ApiClient, body: object): Promise<Service> => {
  let isInDoubt = false;
  const answer = await whenAvailable(async () => {
    const one = await api.askOnce<Data<Service>>('POST', '/services', { body });
    isInDoubt ||= one.status === 503;
    return one;
  });
  if (isInDoubt && answer.status === 409) return theOneIn(api, body);
  if (answer.status !== 201) throw new Error(`not registered: ${answer.status} ${answer.text}`);
  return answer.body.data;
};

/** Google at the sandbox, first in priority. */
export const registerGoogle = (api: ApiClient, sandbox: Sandbox, change: object = {}): Promise<Service> =>
  registered(api, {
    service_name: 'google_maps',
    service_type: 'geocoding',
    base_url: sandbox.googleBaseUrl,
    api_key: 'SANDBOX-OK',
    config: { routes_base_url: sandbox.routesBaseUrl },
    priority: 100,
    cost_per_call: '0.005',
    ...change,
  });

/** Yandex at the sandbox, second in priority. */
export const registerYandex = (api: ApiClient, sandbox: Sandbox, change: object = {}): Promise<Service> =>
  registered(api, {
    service_name: 'yandex_maps',
    service_type: 'geocoding',
    base_url: sandbox.yandexBaseUrl,
    api_key: 'SANDBOX-OK',
    config: { distance_base_url: sandbox.yandexDistanceBaseUrl },
    priority: 90,
    cost_per_call: '0.002',
    ...change,
  });

export const registerGazetteer = (api: ApiClient, change: object = {}): Promise<Service> =>
  registered(api, { service_name: 'gazetteer', service_type: 'geocoding', ...change });
