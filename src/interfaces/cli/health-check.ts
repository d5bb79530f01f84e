/** Shorter than the five seconds that the image gives the whole check. */
const PATIENCE_MS = 4_000;
const EVERYWHERE: readonly string[] = ['', '0.0.0.0', '::'];

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the service of the same environment listens. */
const addressOf = ({ HOST = '', PORT }: Environment): string => {
  const host = EVERYWHERE.includes(HOST) ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT === undefined || PORT === '' ? '8006' : PORT}/health`;
};

/** For `HEALTHCHECK` and other supervisors without curl: undefined when `/health` says ok or degraded, else why not. */
export const healthProblem = async (environment: Environment): Promise<string | undefined> => {
  const address = addressOf(environment);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? undefined : `${address} answers ${answer.status}: ${await answer.text()}`;
  } catch (error) {
    return `${address} does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
};
