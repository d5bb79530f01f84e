/**
 * One answer, read completely. The type of `body` is the test's assumption: if it is wrong, the expectation on it
 * fails.
 */
export type Answer<B> = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: B;
};

export type Asked = {
  /** Sent as JSON; a string or bytes are sent unchanged. */
  readonly body?: unknown;
  /** `null` removes a header that would be sent by default. */
  readonly headers?: { readonly [name: string]: string | null };
  readonly signal?: AbortSignal;
};

export type ApiClient = {
  readonly url: string;
  readonly tenant: string;
  /** The headers sent with every request of this client. */
  readonly headers: { readonly [name: string]: string };
  /** The raw response, its body unread. */
  readonly open: (method: string, path: string, asked?: Asked) => Promise<Response>;
  readonly ask: <B = unknown>(method: string, path: string, asked?: Asked) => Promise<Answer<B>>;
  /**
   * Like `ask`, but for a client that retries while the database is unavailable: returns the first answer, whatever it
   * is.
   */
  readonly askOnce: <B = unknown>(method: string, path: string, asked?: Asked) => Promise<Answer<B>>;
  readonly get: <B = unknown>(path: string, headers?: Asked['headers']) => Promise<Answer<B>>;
  readonly post: <B = unknown>(path: string, body: unknown, headers?: Asked['headers']) => Promise<Answer<B>>;
};

export type Caller = { readonly url: string; readonly tenant: string; readonly credential: string };

const contentOf = (body: unknown): string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array
    ? (body as string | Uint8Array<ArrayBuffer>)
    : JSON.stringify(body);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Calls a service as one caller of one tenant. `onAnswer` is given every answer that was read. */
export const apiClient = (
  { url, tenant, credential }: Caller,
  onAnswer: (answer: Answer<unknown>) => void = () => undefined,
): ApiClient => {
  const headers = { authorization: `Bearer ${credential}`, 'x-management-company-id': tenant };
  const open: ApiClient['open'] = (method, path, asked = {}) => {
    const usual = { ...headers, ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }) };
    const all = Object.entries({ ...usual, ...asked.headers });
    return fetch(url + path, {
      method,
      headers: all.filter((entry): entry is [string, string] => entry[1] !== null),
      ...(asked.body === undefined ? {} : { body: contentOf(asked.body) }),
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    });
  };
  const ask: ApiClient['ask'] = async <B>(method: string, path: string, asked?: Asked) => {
    const response = await open(method, path, asked);
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, text, body: parsed(text) as B };
    onAnswer(answer);
    return answer;
  };
  return {
    url,
    tenant,
    headers,
    open,
    ask,
    askOnce: ask,
    get: (path, more) => ask('GET', path, more === undefined ? {} : { headers: more }),
    post: (path, body, more) => ask('POST', path, { body, ...(more === undefined ? {} : { headers: more }) }),
  };
};
