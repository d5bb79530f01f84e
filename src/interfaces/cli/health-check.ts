import { localUrl } from '../console/local-url.ts';

/** Shorter than the five seconds that the image gives the whole check. */
const PATIENCE_MS = 4_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the service of the same environment listens; unset or empty: in the image, everywhere. */
const addressOf = ({ HOST, PORT }: Environment): string =>
  `${localUrl(HOST || '0.0.0.0', PORT || '8006')}/health`;

/** For `HEALTHCHECK` and other supervisors without curl: undefined when `/health` says ok or degraded, else why not. */
export const healthProblem = async (environment: Environment): Promise<string | undefined> => {
  const address = addressOf(environment);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? undefined : `${address} answers ${answer.status}: ${await answer.text()}`;
  } catch (error) {
    return `${address} does not answer: ${reasonOf(error)}`;
  }
};

/** `fetch` says that it failed, its cause why: by a code, or in words. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message}, ${'code' in cause ? String(cause.code) : cause.message}`;
};
