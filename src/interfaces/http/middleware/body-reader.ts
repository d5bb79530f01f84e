import type { IncomingMessage } from 'node:http';
import { left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { askForBody, holdsBodyBack } from '../expected-continue.ts';
import { joinedPieces } from '../../../domain/shared/joined-pieces.ts';
import { malformed, type EdgeFailure } from '../../wire/failure.ts';

export type BodyFailure = Extract<EdgeFailure, { readonly kind: 'too-large' | 'malformed-request' }>;

/**
 * How much of a refused body is still read and discarded, in multiples of the limit, so that the sender can read the
 * answer.
 */
const DRAINED_BODIES = 16;
/** What Node would buffer of an unread body anyway. */
const SMALL_BYTES = 16 * 1024;

const announcedBytes = (req: IncomingMessage): number => Number(req.headers['content-length'] ?? Number.NaN);

/** Small enough to be read before the sender is authenticated; it mostly arrives with the headers. */
export const isSmallBody = (req: IncomingMessage): boolean =>
  announcedBytes(req) <= SMALL_BYTES && !holdsBodyBack(req);

/**
 * Reads the whole body, of at most `limitBytes`: refused by its Content-Length before a byte is read, or else by
 * counting. Never holds more than the limit. Never rejects.
 */
export const readBody = (req: IncomingMessage, limitBytes: number): AsyncResult<BodyFailure, Buffer> => {
  const announced = announcedBytes(req);
  if (announced === 0) return Promise.resolve(right(Buffer.alloc(0)));
  if (announced > limitBytes) {
    drain(req, limitBytes);
    return Promise.resolve(left({ kind: 'too-large', limitBytes }));
  }
  if (req.destroyed) return Promise.resolve(BROKEN_OFF);
  askForBody(req);
  return new Promise((resolve) => {
    let body = joinedPieces();
    let size = 0;
    let isOver = false;
    const finish = (): void => {
      isOver = true;
      resolve(right(body.whole()));
    };
    req.on('data', (chunk: Buffer) => {
      if (isOver) return;
      size += chunk.length;
      body.add(chunk);
      // All announced bytes are here; the stream's `end` follows only a few turns later.
      if (size === announced) finish();
      else if (size > limitBytes) {
        isOver = true;
        body = joinedPieces();
        drain(req, limitBytes);
        resolve(left({ kind: 'too-large', limitBytes }));
      }
    });
    req.on('close', () => {
      if (isOver) return;
      if (req.complete) finish();
      else resolve(BROKEN_OFF);
    });
  });
};

const BROKEN_OFF = left<BodyFailure>(malformed('the body broke off'));

/** Reads and discards; a sender that never ends is cut off. */
const drain = (req: IncomingMessage, limitBytes: number): void => {
  let dropped = 0;
  req.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > limitBytes * DRAINED_BODIES) req.destroy();
  });
};
