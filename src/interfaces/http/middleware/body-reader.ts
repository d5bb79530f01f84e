import type { IncomingMessage } from 'node:http';
import { left, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import type { EdgeFailure } from '../failure.ts';

type BodyFailure = Extract<EdgeFailure, { readonly kind: 'too-large' | 'malformed-request' }>;

/** How much of a refused body is still read and thrown away, so that its sender gets to read the answer. */
const DRAINED_BODIES = 16;

/**
 * Reads a whole body of at most `limitBytes` and hands it to `understand`: refused by its announced length
 * before a byte is read, by counting otherwise. Never holds more than the limit, whatever is sent.
 */
export const readBody = <E, A>(
  req: IncomingMessage,
  limitBytes: number,
  understand: (body: Buffer) => Either<E, A>,
): AsyncResult<E | BodyFailure, A> => {
  const announced = Number(req.headers['content-length'] ?? Number.NaN);
  if (announced === 0) return Promise.resolve(understand(Buffer.alloc(0)));
  if (announced > limitBytes) {
    drain(req, limitBytes);
    return Promise.resolve(left({ kind: 'too-large', limitBytes }));
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    const finish = (): void => {
      isOver = true;
      const [only] = chunks;
      resolve(understand(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size)));
    };
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (isOver) return;
      chunks.push(chunk);
      // All that was announced is here: the stream's own end comes a few turns later.
      if (size === announced) finish();
      else if (size > limitBytes) {
        isOver = true;
        chunks.length = 0;
        drain(req, limitBytes);
        resolve(left({ kind: 'too-large', limitBytes }));
      }
    });
    req.on('close', () => {
      if (isOver) return;
      if (req.complete) finish();
      else resolve(left({ kind: 'malformed-request', detail: 'the body broke off' }));
    });
  });
};

/** Reads on without keeping anything; whoever sends without end is cut off. */
const drain = (req: IncomingMessage, limitBytes: number): void => {
  let dropped = 0;
  req.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > limitBytes * DRAINED_BODIES) req.destroy();
  });
};
