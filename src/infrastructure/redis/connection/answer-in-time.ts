import { RedisAway } from './redis-away.ts';

/** Settles as the work does, or rejects with `RedisAway` when it takes too long; a later outcome is ignored. */
export const answerInTime = <A>(work: Promise<A>, timeoutMs: number): Promise<A> =>
  new Promise((resolve, reject) => {
    let lastLook: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // After a pause, a process runs timers that are due before it reads its sockets: read those once more first.
      lastLook = setImmediate(() => reject(new RedisAway('no answer in time')));
    }, timeoutMs);
    const over = (): void => {
      clearTimeout(timer);
      clearImmediate(lastLook);
    };
    work.then(
      (answer) => {
        over();
        resolve(answer);
      },
      (error: unknown) => {
        over();
        reject(error);
      },
    );
  });
