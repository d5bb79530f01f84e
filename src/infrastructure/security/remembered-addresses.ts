import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { LRUCache } from 'lru-cache';
import type { Timers } from '../../application/timers.ts';

/** Resolves a name to all of its addresses. */
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
/** Milliseconds after which remembered addresses are used: connecting has three seconds in all. */
const PATIENCE_MS = 500;
/** Longer than an outage of a name server, shorter than a provider goes on serving at an address it has given up. */
const LONGEST_REMEMBERED_MS = 3_600_000;
/** Errors that mean that no server answered; a name that does not exist has another one. */
const NOT_ANSWERED = new Set(['EAI_AGAIN', 'EAI_FAIL', 'ETIMEOUT']);

export const osResolver: ResolveAll = (hostname, callback) =>
  systemLookup(hostname, { all: true }, (error, addresses) => callback(error, addresses ?? []));

/**
 * The system resolves two names at a time and waits many seconds for silent servers, so names of one tenant could hold
 * up those of all others. Hence each name is resolved once at a time, and one that was resolved within the last hour is
 * not waited for long: its last addresses are used. Whoever connects checks the addresses in any case.
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
