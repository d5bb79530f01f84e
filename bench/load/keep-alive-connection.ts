import { connect, type Socket } from 'node:net';

/** One socket with at most one request in progress. */
export type KeepAliveConnection = {
  readonly send: (request: Buffer) => void;
  readonly close: () => void;
};

type Events = {
  /** The complete answer has arrived. */
  readonly onAnswer: (status: number) => void;
  readonly onLost: (error: Error) => void;
};

const RECEIVE_BYTES = 65_536;
const HEAD_END = Buffer.from('\r\n\r\n');
/** Some servers write the header name in lower case. */
const LENGTH_NAMES = [Buffer.from('\r\nContent-Length: '), Buffer.from('\r\ncontent-length: ')];
const STATUS_AT = 'HTTP/1.1 '.length;
const ZERO = 48;
const CARRIAGE_RETURN = 13;

/** Reads just enough of an answer to know its status and where it ends: this process must cost little. */
export const openConnection = (port: number, events: Events): Promise<KeepAliveConnection> =>
  new Promise((resolve, reject) => {
    const reader = answerReader(events.onAnswer);
    const socket: Socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        // Reused for every read: nothing is allocated per answer.
        buffer: Buffer.allocUnsafe(RECEIVE_BYTES),
        callback: (size, buffer) => reader(Buffer.from(buffer.buffer, buffer.byteOffset, size)),
      },
    });
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', events.onLost);
      socket.on('end', () => events.onLost(new Error('the server closed a connection')));
      resolve({ send: (request) => socket.write(request), close: () => socket.destroy() });
    });
    socket.on('error', reject);
  });

/** Parses incoming data; an answer may arrive in several pieces, but never more than one answer at a time. */
const answerReader = (onAnswer: (status: number) => void): ((chunk: Buffer) => boolean) => {
  let status = 0;
  let missing = 0;
  let head: Buffer | undefined;
  return (chunk) => {
    if (missing > 0) missing -= chunk.length;
    else {
      const read = head === undefined ? chunk : Buffer.concat([head, chunk]);
      const end = read.indexOf(HEAD_END);
      if (end < 0) {
        head = Buffer.from(read);
        return true;
      }
      head = undefined;
      status = statusOf(read);
      missing = end + HEAD_END.length + contentLength(read, end) - read.length;
    }
    if (missing < 0) throw new Error('more than one answer arrived for one request');
    if (missing === 0) onAnswer(status);
    return true;
  };
};

const statusOf = (answer: Buffer): number => numberAt(answer, STATUS_AT);

const contentLength = (answer: Buffer, end: number): number => {
  for (const name of LENGTH_NAMES) {
    const at = answer.indexOf(name);
    if (at >= 0 && at < end) return numberAt(answer, at + name.length);
  }
  throw new Error('an answer without Content-Length cannot be measured');
};

const numberAt = (answer: Buffer, start: number): number => {
  let value = 0;
  for (let at = start; ; at += 1) {
    const digit = (answer[at] ?? CARRIAGE_RETURN) - ZERO;
    if (digit < 0 || digit > 9) return value;
    value = value * 10 + digit;
  }
};
