import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { ExpectedCall } from '../provider-call/quota/line-ticket.ts';
import type { AppendedRows } from './append-parts.ts';
import { isFull } from './batch-bounds.ts';
import { departure } from './departure.ts';
import type { LaneDeps } from './lane-queue.ts';
import { arrivals, stillToGather } from './gathering.ts';
import { waitingAppend, type LaneAppend, type WaitingAppend } from './waiting-append.ts';

export type AppendLane = {
  readonly join: (access: ProviderAccess, asked: LaneAppend) => AsyncResult<ProviderError, AppendedRows>;
};

/**
 * The batching queue for appends to one place. `expected` is the announcement of the request being collected. `onEmpty`
 * is called when nobody waits any more; the lane must not be used after that.
 */
export const appendLane = (deps: LaneDeps, expected: ExpectedCall, onEmpty: () => void): AppendLane => {
  const waiting: WaitingAppend[] = [];
  const coming = arrivals();
  let isDriven = false;
  let gathered = new AbortController();
  let deserted = new AbortController();

  const leave = (one: WaitingAppend): void => {
    const place = waiting.indexOf(one);
    if (place >= 0) waiting.splice(place, 1);
    if (waiting.length === 0) deserted.abort();
  };
  const gather = async (before: number): Promise<void> => {
    gathered = new AbortController();
    const stillMs = (): number =>
      stillToGather({ waiting, expected, coming, before }, deps.clock.monotonic());
    for (let ms = stillMs(); ms > 0; ms = stillMs()) await deps.sleep(ms, gathered.signal);
  };
  const drive = async (): Promise<void> => {
    for (let before = 0; waiting.length > 0;) {
      await gather(before);
      before = waiting.length;
      deserted = new AbortController();
      await departure(deps, { waiting, leave, coming, deserted: deserted.signal }).catch(rejectAll);
    }
    expected.over();
    onEmpty();
  };
  const rejectAll = (error: unknown): void => {
    for (const one of waiting.splice(0)) one.reject(error);
  };

  return {
    join: (access, asked) => {
      const one = waitingAppend(deps, access, asked, leave);
      waiting.push(one);
      coming.joined(one.joinedAt);
      if (isFull(waiting)) gathered.abort();
      if (!isDriven) {
        isDriven = true;
        void drive();
      }
      return one.answer;
    },
  };
};
