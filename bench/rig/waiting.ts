import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const RETRY_MS = 10;

/** A port that is free now, to be used at once. */
export const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });

/** Whether nothing listens yet. */
const isRefused = (error: unknown): boolean => error instanceof TypeError && error.message === 'fetch failed';

/** Repeats the check until the answer is yes. A refused connection counts as no; any other error ends it. */
export const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answer = await isSo().catch((error: unknown) => {
      if (isRefused(error)) return false;
      throw error;
    });
    if (answer) return;
    await pause(RETRY_MS);
  }
  throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
};
