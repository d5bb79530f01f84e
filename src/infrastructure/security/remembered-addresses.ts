import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { LRUCache } from 'lru-cache';
import type { Timers } from '../../application/timers.ts';

/** Asks the resolver for every address of a name. */
export type ResolveAll = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

type Deps = {
  readonly resolveAll: ResolveAll;
  readonly monotonic: () => number;
  readonly timers: Timers;
};
type Answer = Parameters<ResolveAll>[1];
type Known = { readonly addresses: readonly LookupAddress[]; readonly at: number };

const MOST_NAMES = 1_000;
/** Milliseconds after which what is remembered will do: connecting has three seconds in all. */
const PATIENCE_MS = 500;
/** Longer than a name server is away, shorter than a provider goes on serving at an address it has given up. */
const LONGEST_REMEMBERED_MS = 3_600_000;
/** What the system says when no server answered; that a name is gone it says otherwise. */
const NOT_ANSWERED = new Set(['EAI_AGAIN', 'EAI_FAIL', 'ETIMEOUT']);

export const osResolver: ResolveAll = (hostname, callback) =>
  systemLookup(hostname, { all: true }, (error, addresses) => callback(error, addresses ?? []));

/**
 * The system looks up two names at a time and waits for silent servers for many seconds: names of one tenant could
 * keep those of all others waiting. So each name is looked up once at a time, and one that was found within the hour
 * does not wait for long: what it led to then is answered. Whoever connects judges the addresses in any case.
 */
export const rememberingResolver = ({ resolveAll, monotonic, timers }: Deps): ResolveAll => {
  const known = new LRUCache<string, Known>({ max: MOST_NAMES });
  const asking = new Map<string, Answer[]>();

  const ask = (hostname: string, answer: Answer): void => {
    const waiting = asking.get(hostname);
    if (waiting !== undefined) return void waiting.push(answer);
    const all = [answer];
    asking.set(hostname, all);
    resolveAll(hostname, (error, addresses) => {
      asking.delete(hostname);
      if (error === null && addresses.length > 0) known.set(hostname, { addresses, at: monotonic() });
      for (const one of all) one(error, addresses);
    });
  };

  return (hostname, callback) => {
    const before = known.get(hostname);
    if (before === undefined || monotonic() - before.at > LONGEST_REMEMBERED_MS)
      return ask(hostname, callback);
    let isAnswered = false;
    const answer: Answer = (error, addresses) => {
      if (isAnswered) return;
      isAnswered = true;
      timers.clear(timer);
      if (error !== null && NOT_ANSWERED.has(error.code ?? '')) callback(null, before.addresses);
      else callback(error, addresses);
    };
    const timer = timers.set(() => answer(null, before.addresses), PATIENCE_MS);
    ask(hostname, answer);
  };
};
