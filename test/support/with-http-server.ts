import { createHttpServer, type HttpServer, type HttpServerDeps } from '../../src/interfaces/http/server.ts';
import type { RequestLogFields } from '../../src/interfaces/http/request-logger.ts';
import { NOON } from './an-external-service.ts';
import { fakeApplication, type FakeApplication } from './fake-application.ts';
import { fixedClock, type FixedClock } from './fixed-clock.ts';
import { sequentialIds } from './sequential-ids.ts';

export type LogLine = RequestLogFields & { readonly level: 'info' | 'warn' | 'error' };

export type RunningServer = {
  readonly http: HttpServer;
  readonly port: number;
  readonly url: string;
  readonly application: FakeApplication;
  readonly clock: FixedClock;
  readonly lines: readonly LogLine[];
  /**
   * Sends a request as an administrator of `TENANT`, with a JSON body if one is given. `null` omits a default header.
   */
  readonly ask: (method: string, path: string, more?: Asked) => Promise<Response>;
};
export type Asked = {
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string | null };
};

/** Thrown by fakes to simulate a database that is unavailable. */
export class LostDatabase extends Error {
  override readonly name = 'TrailUnavailable';
}

type Command = (...asked: readonly unknown[]) => unknown;

/** Routes take each command when they are created: this lets a test replace one later. */
const replaceable = <T extends object>(commands: T): T =>
  new Proxy(commands, {
    get:
      (target, name): Command =>
      (...asked) =>
        (Reflect.get(target, name) as Command)(...asked),
  });

/** The real server on a real socket over a fake application. Stop it with `http.close(0)`. */
export const startHttpServer = async (change: Partial<HttpServerDeps> = {}): Promise<RunningServer> => {
  const clock = fixedClock(NOON);
  const ids = sequentialIds();
  const application = fakeApplication(clock, ids);
  const lines: LogLine[] = [];
  const http = createHttpServer({
    application: { ...application, commands: replaceable(application.commands) },
    logger: {
      info: (fields) => lines.push({ ...fields, level: 'info' }),
      warn: (fields) => lines.push({ ...fields, level: 'warn' }),
      error: (fields) => lines.push({ ...fields, level: 'error' }),
    },
    clock,
    ids,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: '# HELP up\nup 1\n' }),
    build: { version: '1.2.3' },
    tracing: undefined,
    publicUrl: undefined,
    clientAddressOf: ({ socket }) => socket.remoteAddress,
    isDependencyLost: (error) => error instanceof LostDatabase,
    ...change,
  });
  const { port } = await http.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const ask = (method: string, path: string, { body, headers = {} }: Asked = {}): Promise<Response> => {
    const usual: { [name: string]: string | null } = {
      authorization: 'Bearer admin',
      'x-management-company-id': 'uk_company_1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = Object.entries(usual).filter((entry): entry is [string, string] => entry[1] !== null);
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(url + path, { method, headers: sent, ...(content === undefined ? {} : { body: content }) });
  };
  return { http, port, url, application, clock, lines, ask };
};
