/** A recorded answer to be repeated. Headers as their server wrote them, without those of the connection. */
export type CapturedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Every server writes these itself. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['date', 'connection', 'keep-alive']);

export type Captured = { readonly method: string; readonly path: string; readonly body?: string };

/** Repeats the request until it is answered from the cache. */
export const captureCachedAnswer = async (
  { port, headers }: { readonly port: number; readonly headers: Readonly<Record<string, string>> },
  { method, path, body }: Captured,
): Promise<CapturedAnswer> => {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { ...headers, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    if (answer.headers.get('cache-status')?.includes('hit') === true) {
      const kept = [...answer.headers].filter(([name]) => !OF_THE_CONNECTION.has(name));
      return { status: answer.status, headers: Object.fromEntries(kept), body: text };
    }
  }
  throw new Error('the service did not answer from its cache');
};
