import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { localUrl } from '../console/local-url.ts';

/** Shorter than the five seconds that the image allows for the whole check. */
const PATIENCE_MS = 4_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the service of this environment listens, derived as the service does; without HOST as in the image, on all
 * interfaces.
 */
const addressOf = ({ HOST = '', PORT = '' }: Environment): string =>
  `${localUrl(HOST.trim() || '0.0.0.0', PORT.trim() || '8006')}/health`;

/**
 * For `HEALTHCHECK` and other supervisors without curl: undefined when `/health` reports ok or degraded, otherwise the
 * problem.
 */
export const healthProblem = async (environment: Environment): Promise<string | undefined> => {
  const address = addressOf(environment);
  try {
    const { status, body } = await answerOf(address);
    return status === 200 ? undefined : `${address} answers ${status}: ${body}`;
  } catch (error) {
    return `${address} does not answer: ${reasonOf(error)}`;
  }
};

/** Not by `fetch`, which refuses ports that browsers block, such as 6000 and 10080. */
const answerOf = async (address: string): Promise<{ readonly status: number; readonly body: string }> => {
  const request = get(address, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) });
  // Errors after the head of the answer are reported by reading its body.
  request.on('error', () => undefined);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
};

/** For a host name with two addresses there is one error for each, and no text. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
};
