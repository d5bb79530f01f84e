import type { IncomingMessage } from 'node:http';
import { left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { askForBody } from '../expected-continue.ts';
import { joinedPieces, type Pieces } from '../../../domain/shared/joined-pieces.ts';
import type { BodyBudget } from './body-budget.ts';

export type UnreadBody = 'too-large' | 'too-slow' | 'broken-off' | 'too-busy';

type Limits = {
  readonly mostBytes: number;
  /** Milliseconds for the whole body, so that a sender cannot keep it open by sending slowly. */
  readonly deadlineMs: number;
  readonly budget: BodyBudget;
};

export const announcedBytes = (req: IncomingMessage): number | undefined => {
  const announced = req.headers['content-length'];
  if (announced !== undefined) return Number(announced);
  return req.headers['transfer-encoding'] === undefined ? 0 : undefined;
};

/**
 * Reads the raw bytes of a body, which no parser has touched. Bytes are counted as they arrive, whatever was announced.
 * On success they are charged to the budget, and the caller must give them back. Never rejects.
 */
export const readRawBody = (
  req: IncomingMessage,
  { mostBytes, deadlineMs, budget }: Limits,
): AsyncResult<UnreadBody, Buffer> => {
  const announced = announcedBytes(req);
  if (announced === 0) return Promise.resolve(right(Buffer.alloc(0)));
  if (req.destroyed) return Promise.resolve(left('broken-off'));
  askForBody(req);
  return new Promise((resolve) => {
    const body = bodyCollector(announced);
    let held = 0;
    let isOver = false;
    // After a pause, a process runs timers that are due before it reads its sockets: the body may already be there.
    const late = setTimeout(() => setImmediate(fail, 'too-slow'), deadlineMs);
    const end = (): void => {
      isOver = true;
      clearTimeout(late);
      req.off('data', take);
    };
    const fail = (reason: UnreadBody): void => {
      if (isOver) return;
      end();
      budget.giveBack(held);
      resolve(left(reason));
    };
    const take = (chunk: Buffer): void => {
      if (held + chunk.length > mostBytes) return fail('too-large');
      if (!budget.take(chunk.length, announced ?? held + chunk.length)) return fail('too-busy');
      held += chunk.length;
      body.add(chunk);
      if (held === announced) finish();
    };
    const finish = (): void => {
      if (isOver) return;
      end();
      resolve(right(body.whole()));
    };
    req.on('data', take);
    req.on('close', () => (req.complete ? finish() : fail('broken-off')));
  });
};

/** Smaller buffers share a slab of Node's pool. */
const FREED_FROM = 4 * 1024;

/**
 * Frees the memory of a body at once. It is outside the heap, so the garbage collector hardly notices it: it runs only
 * after several large bodies, and those that went to the database are found only by a full collection, which stops the
 * process for 25 ms for every 64 MB of them. Must not be called for bytes that a socket is still writing, or that a
 * group may have to send again: whatever comes to lie there would be sent instead.
 */
export const freeBody = (body: Buffer): void => {
  if (body.length > FREED_FROM) free(body);
};

const free = ({ buffer, byteLength }: Buffer): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
};

/** From this size on, the kernel provides the pages of the buffer only as they fill. */
const ONE_BUFFER_FROM = 64 * 1024;

/**
 * A body of announced size is copied straight into one buffer; keeping pieces and joining them would take twice the
 * memory.
 */
const bodyCollector = (announced: number | undefined): Pieces => {
  if (announced === undefined || announced < ONE_BUFFER_FROM) return joinedPieces();
  const whole = Buffer.allocUnsafeSlow(announced);
  let size = 0;
  return {
    add: (chunk) => {
      size += chunk.copy(whole, size);
      // Each piece is a copy made by Node, and by the next turn its parser has finished with it.
      setImmediate(free, chunk);
    },
    whole: () => whole,
  };
};
