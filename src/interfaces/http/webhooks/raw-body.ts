import type { IncomingMessage } from 'node:http';
import { left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { askForBody } from '../expected-continue.ts';
import { joinedPieces, type Pieces } from '../../../domain/shared/joined-pieces.ts';
import type { BodyBudget } from './body-budget.ts';

export type UnreadBody = 'too-large' | 'too-slow' | 'broken-off' | 'too-busy';

type Limits = {
  readonly mostBytes: number;
  /** Milliseconds for the whole body: a sender who drips is not waited for. */
  readonly deadlineMs: number;
  readonly budget: BodyBudget;
};

export const announcedBytes = (req: IncomingMessage): number | undefined => {
  const announced = req.headers['content-length'];
  if (announced !== undefined) return Number(announced);
  return req.headers['transfer-encoding'] === undefined ? 0 : undefined;
};

/**
 * The body's bytes as they came: no parser before this has seen them. Bytes are counted as they arrive, whatever
 * was announced. The answer says how many bytes of the budget it holds; they are the caller's
 * to give back. Never rejects.
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
    // A process that was held up hears of the clock before it reads its sockets, so the body may be there already.
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

/** Smaller ones share a slab of Node's. */
const FREED_FROM = 4 * 1024;

/**
 * Gives the memory of a body back at once. The garbage collector does not feel what lies outside its heap until
 * several large ones have come, and finds those that went to the database only when it stops the process for its
 * whole heap: every 64 MB of them, for 25 ms. Not for bytes that a socket is still writing, or that a group may have
 * to write once more: whatever lies there next would be sent.
 */
export const freeBody = (body: Buffer): void => {
  if (body.length > FREED_FROM) free(body);
};

const free = ({ buffer, byteLength }: Buffer): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
};

/** Above it the pages of the one buffer are taken from the system as they fill. */
const ONE_BUFFER_FROM = 64 * 1024;

/** An announced body goes straight into its place: pieces and the whole at one time would be twice as much. */
const bodyCollector = (announced: number | undefined): Pieces => {
  if (announced === undefined || announced < ONE_BUFFER_FROM) return joinedPieces();
  const whole = Buffer.allocUnsafeSlow(announced);
  let size = 0;
  return {
    add: (chunk) => {
      size += chunk.copy(whole, size);
      // Node gives each piece a copy of its own; by the next turn its parser has done with it as well.
      setImmediate(free, chunk);
    },
    whole: () => whole,
  };
};
