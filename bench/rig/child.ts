import { fork, type ChildProcess, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { atEnd } from './at-end.ts';

/** A child process of the bench that answers one message after the other. It ends with this process. */
export type Child = {
  readonly pid: number;
  /** Rejects with the error that the child reports, or when it ends instead of answering. */
  readonly ask: (question: Serializable) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

type Reply = { readonly answer: unknown } | { readonly failed: string };

/** `file` calls `answerParent`. */
export const startChild = (file: string): Child => {
  const child: ChildProcess = fork(`${import.meta.dirname}/../${file}`, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await gone;
  };
  atEnd(stop);
  return {
    pid: child.pid ?? 0,
    ask: async (question) => {
      const replied = once(child, 'message') as Promise<[Reply]>;
      child.send(question);
      const ended = gone.then(() => [{ failed: `${file} ended early` }] as const);
      const [reply] = await Promise.race([replied, ended]);
      if ('failed' in reply) throw new Error(reply.failed);
      return reply.answer;
    },
    stop,
  };
};

/** The child's side: one answer to each question; `stop` runs when the parent disconnects or is gone. */
export const answerParent = <Question>(
  answer: (question: Question) => Promise<unknown>,
  stop: () => Promise<void> = () => Promise.resolve(),
): void => {
  process.on('message', (question) => {
    answer(question as Question).then(
      (result) => process.send?.({ answer: result } satisfies Reply),
      (error: unknown) => process.send?.({ failed: String(error) } satisfies Reply),
    );
  });
  process.on('disconnect', () => void stop().finally(() => process.exit(0)));
  // Ctrl-C reaches the whole process group; the parent says when to stop.
  process.on('SIGINT', () => undefined);
};
