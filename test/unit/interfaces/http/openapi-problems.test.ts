import { expect } from 'chai';
import { Agent, request, type RequestOptions } from 'node:http';
import { left } from '../../../../src/domain/shared/fp.ts';
import { aProviderFailure, aWindow } from '../../../support/a-call-report.ts';
import { anId } from '../../../support/an-external-service.ts';
import {
  judgeOf,
  type DocumentJudge,
  type JudgedAnswer,
  type Node,
  type Operation,
} from '../../../support/openapi-judge.ts';
import { rawExchange } from '../../../support/raw-http.ts';
import { aRefusal, refusalKinds } from '../../../support/refusal-kinds.ts';
import {
  LostDatabase,
  startHttpServer,
  type Asked,
  type RunningServer,
} from '../../../support/with-http-server.ts';

const message = 'm';
const failedCalls: { readonly [status: number]: ReturnType<typeof aProviderFailure> } = {
  404: aProviderFailure({ kind: 'resource-not-found', message }),
  429: aProviderFailure({
    kind: 'quota-exceeded',
    scope: 'service',
    retryAfterMs: 5,
    window: aWindow(),
    message,
  }),
  502: aProviderFailure({ kind: 'credentials-rejected', message }),
  504: aProviderFailure({ kind: 'provider-timeout', message }),
};
const underWay = { kind: 'idempotency-in-progress', retryAfterMs: 900 } as const;

/** Headers for fetch's connections, not part of the answer. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding']);
/** Served from memory: they have no handler that could be made to fail. */
const STATIC = new Set(['/', '/health/live', '/openapi.json', '/docs', '/docs/{file}']);

/** Whether its GET is served depends on the webhook. */
const HANDSHAKE = '/webhooks/in/{token}';

/** Sends what fetch would not send, or reads what it would not show. */
const plainly = (
  url: string,
  options: RequestOptions & { readonly headers?: { readonly [name: string]: string } },
): Promise<JudgedAnswer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, options, (message) => {
      let text = '';
      message.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const headers = new Headers(message.headers as { [name: string]: string });
      message.on('end', () =>
        resolve({ status: message.statusCode ?? 0, headers, text: () => Promise.resolve(text) }),
      );
    });
    sent.on('error', reject).end();
  });

const answerIn = (text: string): JudgedAnswer => {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [line = '', ...headers] = head.split('\r\n');
  const pairs = headers.map((header) => header.split(/: (.*)/s).slice(0, 2) as [string, string]);
  return {
    status: Number(line.split(' ')[1]),
    headers: new Headers(pairs),
    text: () => Promise.resolve(body),
  };
};

describe('every problem that the OpenAPI document tells of', () => {
  let server: RunningServer;
  /** Waits for nobody. */
  let hasty: RunningServer;
  const scraper = { metrics: async () => ({ contentType: 'text/plain', body: 'up 1\n' }) };
  let judge: DocumentJudge;
  let paths: { readonly [path: string]: string };

  before(async () => {
    server = await startHttpServer({ metrics: () => scraper.metrics() });
    hasty = await startHttpServer({ limits: { requestTimeoutMs: 1 } });
    judge = await judgeOf(server.url);
    const made = async (path: string, body: unknown): Promise<string> =>
      (await server.ask('POST', path, { body })).headers.get('location') ?? '';
    paths = {
      '/services/{id}': await made('/services', { service_name: 'gazetteer', service_type: 'geocoding' }),
      '/webhooks/{id}': await made('/webhooks', { webhook_name: 'a', source_service: 'github' }),
      '/webhooks/deliveries/{id}': `/webhooks/deliveries/${anId(1)}`,
    };
  });
  after(() => Promise.all([server.http.close(0), hasty.http.close(0)]));

  const targetOf = (path: string): string => {
    const known = Object.keys(paths).find((start) => path.startsWith(start)) ?? '';
    return (known === '' ? path : `${paths[known]}${path.slice(known.length)}`)
      .replace('{spreadsheet_id}', '1'.repeat(44))
      .replace('{range}', 'A1')
      .replace('{id}', anId(99))
      .replace(/\{\w+\}/, 'known');
  };
  const elsewhere = (path: string): string => targetOf(path).replace(/[0-9a-f-]{36}/, anId(9_999));

  const askedOf = ({ operation }: Operation, more: Asked = {}): Asked => {
    const [[type, content] = []] = Object.entries(operation['requestBody']?.['content'] ?? {});
    return {
      ...(content === undefined ? {} : { body: content['example'] }),
      ...more,
      headers: {
        'if-match': '*',
        ...(type === undefined ? {} : { 'content-type': type }),
        ...more.headers,
      },
    };
  };
  const ask = (operation: Operation, more?: Asked, target = targetOf(operation.path)) =>
    server.ask(operation.method.toUpperCase(), target, askedOf(operation, more));

  /** While `work` runs, every call of the application fails like this. */
  const failing = async <T>(fail: () => Promise<unknown>, work: () => Promise<T>): Promise<T> => {
    const { queries, commands, ingest } = server.application;
    const parts = [queries, commands, ingest, scraper] as { [name: string]: unknown }[];
    const usual = parts.map((part) => ({ ...part }));
    for (const part of parts) for (const name of Object.keys(part)) part[name] = fail;
    try {
      return await work();
    } finally {
      parts.forEach((part, at) => Object.assign(part, usual[at]));
    }
  };
  const broken = (operation: Operation, error: Error): Promise<JudgedAnswer> => {
    const usual = server.application.judge;
    const fail = () => Promise.reject(error);
    // Each of its addresses fails separately: only a failure before them makes all of it fail.
    if (operation.path === '/geocoding/batch') server.application.judge = fail;
    return failing(fail, () => ask(operation)).finally(() => {
      server.application.judge = usual;
    });
  };
  /** Only commands fail; the lookups before them succeed. */
  const refusing = async <T>(work: () => Promise<T>): Promise<T> => {
    const { commands } = server.application;
    const usual = { ...commands };
    for (const name of Object.keys(commands))
      Reflect.set(commands, name, () => Promise.resolve(left(underWay)));
    try {
      return await work();
    } finally {
      Object.assign(commands, usual);
    }
  };

  const ways: { readonly [status: number]: (operation: Operation) => Promise<JudgedAnswer> } = {
    400: ({ method, path }) =>
      plainly(server.url + targetOf(path), { method, agent: false, setHost: false, headers: {} }),
    401: (operation) => ask(operation, { headers: { authorization: null } }),
    403: (operation) => ask(operation, { headers: { authorization: 'Bearer none' } }),
    404: async (operation) => {
      const { path } = operation;
      if (path.startsWith('/sheets'))
        return failing(
          () => Promise.resolve(left(failedCalls[404])),
          () => ask(operation),
        );
      return ask(operation, {}, elsewhere(path));
    },
    408: async ({ method, path }) =>
      answerIn(await rawExchange(hasty.url, `${method.toUpperCase()} ${targetOf(path)} HTTP/1.1\r\nHost: a`)),
    409: (operation) =>
      refusing(() =>
        ask(operation, {
          headers: { 'idempotency-key': 'k' },
          // The example is a mere count.
          ...(operation.path === '/webhooks/replays' && { body: { filter: {} } }),
        }),
      ),
    412: (operation) => ask(operation, { headers: { 'if-match': '"99"' } }),
    413: (operation) => ask(operation, { body: ' '.repeat(1024 * 1024 + 1) }),
    415: (operation) => ask(operation, { body: '{}', headers: { 'content-type': 'text/plain' } }),
    422: (operation) => ask(operation, {}, `${targetOf(operation.path)}?nobody_knows=1`),
    428: (operation) => ask(operation, { headers: { 'if-match': null } }),
    431: ({ method, path }) =>
      plainly(server.url + targetOf(path), {
        method,
        agent: false,
        headers: { 'x-long': 'a'.repeat(20_000) },
      }),
    500: (operation) => broken(operation, new Error('bug')),
    503: (operation) => broken(operation, new LostDatabase('away')),
  };
  for (const status of [429, 502, 504])
    Object.assign(ways, {
      [status]: (operation: Operation) =>
        failing(
          () => Promise.resolve(left(failedCalls[status])),
          () => ask(operation),
        ),
    });

  const told = (status: number): readonly Operation[] =>
    judge.operations().filter(({ operation }) => String(status) in (operation['responses'] ?? {}));
  /** Senders of webhooks get a different form of refusal, see below. */
  const isProblem = ({ operation }: Operation, status: number): boolean =>
    '$ref' in (operation['responses']?.[String(status)] ?? {});

  for (const status of [400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 431, 500, 502, 503, 504])
    it(`is what callers get as ${status}`, async () => {
      const operations = told(status).filter((operation) => isProblem(operation, status));
      expect(operations).to.not.deep.equal([]);
      for (const operation of operations) {
        const { method, path } = operation;
        if ((status === 500 && STATIC.has(path)) || (status === 503 && isServedFromMemory(path))) continue;
        const answer = await ways[status]?.(operation);
        expect(answer?.status, `${method} ${path}`).to.equal(status);
        if (answer !== undefined) await judge.holds(method, path, answer);
      }
    });

  const isServedFromMemory = (path: string): boolean => STATIC.has(path) && !path.startsWith('/health');

  it('and what a server that stops says, also to senders of webhooks', async () => {
    const stopping = await startHttpServer();
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    let begin = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begin = resolve));
    stopping.application.queries.geocodeAddress = async () => {
      begin();
      await held;
      return left(failedCalls[502] ?? expect.fail());
    };
    const agent = new Agent({ keepAlive: true });
    const open = judge
      .operations()
      .filter(({ path }) => isServedFromMemory(path) || path.startsWith('/webhooks/in'));
    await Promise.all(open.map(() => plainly(`${stopping.url}/health/live`, { agent })));
    const running = stopping.ask('POST', '/geocoding/geocode', { body: { address: 'a' } });
    await hasBegun;
    const closed = stopping.http.close(10_000);
    for (const { method, path } of open) {
      const answer = await plainly(stopping.url + targetOf(path), { method, agent });
      expect(answer.status, path).to.equal(503);
      await judge.holds(method, path, answer);
    }
    go();
    await running;
    await closed;
    agent.destroy();
  });

  it('and every refusal to senders of webhooks', async () => {
    const usual = server.application.ingest.admit;
    for (const path of ['/webhooks/in/{token}', '/webhooks/in'])
      for (const source of [undefined, 'github', 'slack', 'gitlab'] as const)
        for (const kind of refusalKinds) {
          server.application.ingest.admit = () => Promise.resolve(left({ refusal: aRefusal(kind), source }));
          await judge.holds('POST', path, await server.ask('POST', targetOf(path)));
        }
    server.application.ingest.admit = usual;
    await judge.holds('GET', HANDSHAKE, await server.ask('GET', targetOf(HANDSHAKE)));
    const greets = server.application.ingest.answerHandshake;
    // Nothing is signed here, so no signature could be wrong.
    for (const kind of refusalKinds.filter((one) => one !== 'not-authentic')) {
      server.application.ingest.answerHandshake = () =>
        Promise.resolve(left({ refusal: aRefusal(kind), source: undefined }));
      await judge.holds('GET', HANDSHAKE, await server.ask('GET', targetOf(HANDSHAKE)));
    }
    server.application.ingest.answerHandshake = greets;
    for (const operation of judge.operations().filter(({ path }) => path.startsWith('/webhooks/in')))
      for (const status of [400, 408])
        await judge.holds(
          operation.method,
          operation.path,
          (await ways[status]?.(operation)) ?? expect.fail(),
        );
  });

  it('was met', () => {
    const missing = judge.operations().flatMap(({ path, method, operation }) =>
      Object.keys(operation['responses'] ?? {})
        .filter((status) => Number(status) >= 400 && !(status === '500' && STATIC.has(path)))
        // Health's own answer with 503 is checked elsewhere.
        .filter((status) => !(status === '503' && path.startsWith('/health')))
        .map((status) => `${method} ${path} ${status}`)
        .filter((key) => !judge.held.has(key)),
    );
    expect(missing).to.deep.equal([]);
  });

  it('comes under 405 with what the path takes, and to HEAD as to GET without the body', async () => {
    const { headers = {}, content = {} } = judge.at('/components/responses/Problem405') as Node;
    expect(Object.keys(headers)).to.have.members(['X-Request-Id', 'Allow']);
    expect(Object.keys(content)).to.deep.equal(['application/problem+json']);
    for (const operation of judge.operations()) {
      const target = targetOf(operation.path);
      const wrong = await server.ask('OPTIONS', target);
      expect([wrong.status, wrong.headers.get('content-type')], target).to.deep.equal([
        405,
        'application/problem+json',
      ]);
      const allowed = wrong.headers.get('allow')?.split(', ');
      const method = operation.method.toUpperCase();
      // Only some webhooks have a GET handshake.
      if (method === 'GET' && operation.path === HANDSHAKE) expect(allowed).to.deep.equal(['POST']);
      else expect(allowed).to.include(method);
      await wrong.arrayBuffer();
      if (operation.method !== 'get') continue;
      const [got, headed] = [await ask(operation), await server.ask('HEAD', target)];
      const shown = ({ headers: all }: Response): readonly string[] => [...all.keys()];
      await got.arrayBuffer();
      expect([headed.status, await headed.text()], target).to.deep.equal([got.status, '']);
      expect(shown(headed), target).to.include.members(
        shown(got).filter((name) => !OF_THE_CONNECTION.has(name)),
      );
    }
  });
});
