import { isSecretParameter } from './fixtures.ts';
import type { Call, ProviderName } from './stand-in.ts';

/** Sheets and its token endpoint are not of type `StandIn`, but their requests are recorded in the same way. */
export type Seen = ProviderName | 'sheets' | 'token';

export type SeenRequest = {
  readonly provider: Seen;
  readonly method: string;
  readonly path: string;
  /** Without the key; the values of a repeated parameter are joined by commas. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of a POST or PUT, truncated to 16,384 characters. */
  readonly body?: string;
};

const headersOfInterest = [
  'accept-language',
  'content-type',
  'traceparent',
  'user-agent',
  'x-goog-api-client',
  'x-goog-fieldmask',
  'x-request-id',
];
const mostRemembered = 200;
const mostBody = 16_384;

const shown = ({ provider, call }: { provider: Seen; call: Call }): SeenRequest => ({
  provider,
  method: call.method,
  path: call.path,
  query: Object.fromEntries(
    [...new Set(call.query.keys())]
      .filter((name) => !isSecretParameter(name))
      .map((name) => [name, call.query.getAll(name).join(',')]),
  ),
  headers: Object.fromEntries(
    headersOfInterest.flatMap((name) => {
      const value = call.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  ),
  ...(call.body === '' ? {} : { body: call.body }),
});

/** A copy of the shown part: a slice would keep two hundred large bodies in memory. */
const cut = (call: Call): Call =>
  call.body.length > mostBody
    ? { ...call, body: Buffer.from(call.body.slice(0, mostBody)).toString() }
    : call;

/**
 * The last 200 requests, oldest first. Small bodies are truncated only when they are read, which is off the hot path.
 */
export class RecentRequests {
  #ring: { provider: Seen; call: Call }[] = [];
  #next = 0;

  add(provider: Seen, call: Call): void {
    this.#ring[this.#next % mostRemembered] = { provider, call: cut(call) };
    this.#next += 1;
  }

  read(): readonly SeenRequest[] {
    const start = this.#ring.length < mostRemembered ? 0 : this.#next % mostRemembered;
    return [...this.#ring.slice(start), ...this.#ring.slice(0, start)].map(shown);
  }

  reset(): void {
    this.#ring = [];
    this.#next = 0;
  }
}
