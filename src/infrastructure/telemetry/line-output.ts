/** Takes whole lines, without their ends. Both keep one order. */
export type LineOutput = {
  readonly now: (line: string) => void;
  /** Written with all others of this turn of the event loop: one system call for a crowd of requests. */
  readonly soon: (line: string) => void;
};

type Output = {
  readonly write: (text: string) => void;
  /** Later in this turn, or at once when the process ends. */
  readonly later: (flush: () => void) => void;
  /** Bytes that were written and that nobody has read: they lie in this process. */
  readonly unread: () => number;
};

/** A reader that stands still shall cost lines, and not the memory of a process that serves on. */
export const MOST_UNREAD = 8_388_608;

const lostLine = (lines: number): string =>
  `${JSON.stringify({ level: 'warn', message: 'lines of this log are lost, its reader stood still', lines, timestamp: new Date().toISOString() })}\n`;

export const lineOutput = ({ write, later, unread }: Output): LineOutput => {
  let waiting = '';
  let lines = 0;
  let lost = 0;
  const add = (line: string): void => {
    waiting += `${line}\n`;
    lines += 1;
  };
  const flush = (): void => {
    if (lines === 0) return;
    if (unread() >= MOST_UNREAD) lost += lines;
    else {
      write(lost === 0 ? waiting : lostLine(lost) + waiting);
      lost = 0;
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

/** POSIX: no write to a pipe up to this size is mixed with those of other processes. */
const PIPE_BUF = 4_096;

/** Cuts text into pieces of whole lines that one write can take as one; a longer line goes by itself. */
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

/** Standard output of one process among several that share it: lines come out whole. */
export const atomicOutput = (): LineOutput =>
  standardOutput((text) => {
    for (const piece of atomicPieces(text)) process.stdout.write(piece);
  });

/** Standard output. A process that ends in any orderly way has written everything. */
export const standardOutput = (
  write: (text: string) => void = (text) => process.stdout.write(text),
): LineOutput => {
  let flush = (): void => undefined;
  process.once('exit', () => flush());
  return lineOutput({
    write,
    later: (wanted) => {
      flush = wanted;
      setImmediate(wanted);
    },
    unread: () => process.stdout.writableLength,
  });
};
