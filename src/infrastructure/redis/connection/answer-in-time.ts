import { RedisAway } from './redis-away.ts';

/** What the work comes to, or `RedisAway` when it takes too long; what it comes to after that, nobody hears. */
export const answerInTime = <A>(work: Promise<A>, timeoutMs: number): Promise<A> =>
  new Promise((resolve, reject) => {
    let lastLook: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // A process that was held up finds its timers due before it looks at its sockets: it looks once more.
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
