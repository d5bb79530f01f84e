import { isSecretParameter } from './fixtures.ts';
import type { Call, ProviderName } from './stand-in.ts';

export type SeenRequest = {
  readonly provider: ProviderName;
  readonly path: string;
  /** Without the key. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a POST, cut at 16,384 characters. */
  readonly body?: string;
};

const headersOfInterest = [
  'accept-language',
  'content-type',
  'traceparent',
  'user-agent',
  'x-goog-fieldmask',
  'x-request-id',
];
const mostRemembered = 200;
const mostBody = 16_384;

const shown = ({ provider, call }: { provider: ProviderName; call: Call }): SeenRequest => ({
  provider,
  path: call.path,
  query: Object.fromEntries([...call.query].filter(([name]) => !isSecretParameter(name))),
  headers: Object.fromEntries(
    headersOfInterest.flatMap((name) => {
      const value = call.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  ),
  ...(call.body === '' ? {} : { body: call.body.slice(0, mostBody) }),
});

/** The last 200 requests, oldest first. They are cut to what may be shown only when read: that is off the hot path. */
export class RecentRequests {
  #ring: { provider: ProviderName; call: Call }[] = [];
  #next = 0;

  add(provider: ProviderName, call: Call): void {
    this.#ring[this.#next % mostRemembered] = { provider, call };
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
