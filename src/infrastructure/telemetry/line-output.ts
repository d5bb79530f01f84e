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
};

export const lineOutput = ({ write, later }: Output): LineOutput => {
  let waiting = '';
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    if (text !== '') write(text);
  };
  return {
    now: (line) => {
      waiting += `${line}\n`;
      flush();
    },
    soon: (line) => {
      if (waiting === '') later(flush);
      waiting += `${line}\n`;
    },
  };
};

/** Standard output. A process that ends in any orderly way has written everything. */
export const standardOutput = (): LineOutput => {
  let flush = (): void => undefined;
  process.once('exit', () => flush());
  return lineOutput({
    write: (text) => process.stdout.write(text),
    later: (wanted) => {
      flush = wanted;
      setImmediate(wanted);
    },
  });
};
