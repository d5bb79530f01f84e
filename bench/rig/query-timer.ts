// Loaded before the service (`node --import`): records how long each query takes, as seen by the service. Written to
// BENCH_QUERY_TIMES when the process ends; SIGUSR2 discards the times recorded so far.
import { writeFileSync } from 'node:fs';
import pg from 'pg';

const file = process.env['BENCH_QUERY_TIMES'] ?? '';
const times = new Map<string, number[]>();

const note = (text: string, since: number): void => {
  const known = times.get(text);
  if (known === undefined) times.set(text, [performance.now() - since]);
  else known.push(performance.now() - since);
};

type AnyQuery = (this: pg.Client, ...args: unknown[]) => unknown;

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { readonly text?: string }).text);

const timed = (query: AnyQuery): AnyQuery =>
  function (...args) {
    const text = textOf(args[0]);
    const since = performance.now();
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      args[args.length - 1] = (...results: unknown[]): unknown => {
        note(text, since);
        return (callback as (...results: unknown[]) => unknown)(...results);
      };
      return query.apply(this, args);
    }
    const result = query.apply(this, args);
    if (result instanceof Promise)
      result.then(
        () => note(text, since),
        () => note(text, since),
      );
    return result;
  };

// oxlint-disable-next-line typescript/unbound-method -- bound again where it is called
const original = pg.Client.prototype.query as unknown as AnyQuery;
pg.Client.prototype.query = timed(original) as unknown as typeof pg.Client.prototype.query;

process.on('SIGUSR2', () => times.clear());
process.on('exit', () => writeFileSync(file, JSON.stringify([...times])));
