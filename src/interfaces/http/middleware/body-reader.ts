import type { IncomingMessage } from 'node:http';
import { left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { askForBody, holdsBodyBack } from '../expected-continue.ts';
import { joinedPieces } from '../../../domain/shared/joined-pieces.ts';
import { malformed, type EdgeFailure } from '../../wire/failure.ts';

export type BodyFailure = Extract<EdgeFailure, { readonly kind: 'too-large' | 'malformed-request' }>;

/** How much of a refused body is still read and thrown away, so that its sender gets to read the answer. */
const DRAINED_BODIES = 16;
/** What Node would hold of an unread body anyway. */
const SMALL_BYTES = 16 * 1024;

const announcedBytes = (req: IncomingMessage): number => Number(req.headers['content-length'] ?? Number.NaN);

/** So small that it may be read before its sender is known; it mostly arrives together with the headers. */
export const isSmallBody = (req: IncomingMessage): boolean =>
  announcedBytes(req) <= SMALL_BYTES && !holdsBodyBack(req);

/**
 * The whole body, of at most `limitBytes`: refused by its announced length before a byte is read, by counting
 * otherwise. Never holds more than the limit, whatever is sent. Never rejects.
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
      // All that was announced is here: the stream's own end comes a few turns later.
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

/** Reads on without keeping anything; whoever sends without end is cut off. */
const drain = (req: IncomingMessage, limitBytes: number): void => {
  let dropped = 0;
  req.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > limitBytes * DRAINED_BODIES) req.destroy();
  });
};
