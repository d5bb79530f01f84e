import { errorCode } from '../system/error-code.ts';

/** Takes whole lines without their line ends. Both ways keep a common order. */
export type LineOutput = {
  readonly now: (line: string) => void;
  /** Written together with all others of this turn of the event loop: one system call for many requests. */
  readonly soon: (line: string) => void;
};

/** Called with the number of lost lines, and the reason. */
type OnLost = (lines: number, why: string) => void;

type Output = {
  readonly write: (text: string, onLost: OnLost) => void;
  /** Later in this turn, or at once when the process ends. */
  readonly later: (flush: () => void) => void;
  /** Bytes that were written but not read yet, and are still in this process. */
  readonly unread: () => number;
};

/** A reader that stalls may cost log lines, but not the memory of a serving process. */
export const MOST_UNREAD = 8_388_608;

const STALLED = 'its reader has stalled';

/** Begins with a line end after a full disk, which may have taken only a part of the last line. */
const lostLine = (lines: number, why: string): string =>
  `${why === STALLED ? '' : '\n'}${JSON.stringify({ level: 'warn', message: `lines of this log are lost, ${why}`, lines, timestamp: new Date().toISOString() })}\n`;

export const lineOutput = ({ write, later, unread }: Output): LineOutput => {
  let waiting = '';
  let lines = 0;
  let lost = { lines: 0, why: '' };
  const onLost: OnLost = (more, why) => void (lost = { lines: lost.lines + more, why });
  const tellLost = (): void => {
    const { lines: count, why } = lost;
    if (count === 0) return;
    lost = { lines: 0, why: '' };
    write(lostLine(count, why), (_, again) => onLost(count, again));
  };
  const add = (line: string): void => {
    waiting += `${line}\n`;
    lines += 1;
  };
  const flush = (): void => {
    if (lines === 0) return;
    if (unread() >= MOST_UNREAD) onLost(lines, STALLED);
    else {
      tellLost();
      write(waiting, onLost);
    }
    waiting = '';
    lines = 0;
  };
  return {
    now: (line) => {
      add(line);
      flush();
    },
    soon: (line) => {
      if (lines === 0) later(flush);
      add(line);
    },
  };
};

/** POSIX: a write to a pipe up to this size is never interleaved with those of other processes. */
const PIPE_BUF = 4_096;

/** Splits text into pieces of whole lines, each of which is written atomically; a longer line is a piece of its own. */
export const atomicPieces = (text: string): readonly string[] => {
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const line of text.match(/[^\n]*\n/g) ?? []) {
    const bytes = Buffer.byteLength(line);
    if (size + bytes > PIPE_BUF && piece !== '') {
      pieces.push(piece);
      piece = '';
      size = 0;
    }
    piece += line;
    size += bytes;
  }
  return piece === '' ? pieces : [...pieces, piece];
};

/** Standard output of a process that shares it with others: lines come out whole. */
export const atomicOutput = (): LineOutput => standardOutput(atomicPieces);

/** Standard output, one write per piece. A process that ends in order has written everything. */
export const standardOutput = (
  pieces: (text: string) => readonly string[] = (text) => [text],
): LineOutput => {
  let flush = (): void => undefined;
  process.once('exit', () => flush());
  process.stdout.on('error', endUnread);
  return lineOutput({
    write: (text, onLost) => {
      for (const piece of pieces(text))
        process.stdout.write(piece, (error) => {
          if (error) onLost(piece.split('\n').length - 1, `they could not be written (${errorCode(error)})`);
        });
    },
    later: (wanted) => {
      flush = wanted;
      setImmediate(wanted);
    },
    unread: () => process.stdout.writableLength,
  });
};

/** The reader of the log has gone for good: throwing this ends the process in order. A full disk costs only lines. */
const endUnread = (error: Error): void => {
  if (errorCode(error) === 'EPIPE') throw error;
};
