import {
  damaged,
  deliveryOf,
  failureOf,
  magicFault,
  refusalOf,
  type Delivery,
  type Fault,
} from './faults.ts';
import { nextFault, type Settings } from './control.ts';
import type { CallCounters } from './counters.ts';
import { countsUnits, type QuotaBuckets } from './quota.ts';
import type { Answer, Call, Outcome, StandIn, Trouble } from './stand-in.ts';

export type Exchange = { readonly answer: Answer; readonly delivery: Delivery };

type Deps = {
  readonly settings: Settings;
  readonly counters: CallCounters;
  readonly quotas: QuotaBuckets;
  readonly now: () => number;
};

const keyTrouble = (key: string | undefined): Trouble | undefined => {
  if (key === undefined || key === '') return 'no-key';
  return key.startsWith('SANDBOX-') ? undefined : 'invalid-key';
};

const withRetryAfter = (answer: Answer, fault: Fault | undefined): Answer => {
  const seconds = fault?.retryAfterSeconds;
  return seconds === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
};

/** The outcome for the caller, which differs from the computed one if the connection is disturbed. */
const seenOutcome = (answer: Answer, delivery: Delivery): Outcome => {
  if (delivery === 'whole') return answer.outcome;
  return delivery === 'hang' || delivery === 'drop' ? 'dropped' : 'damaged';
};

/**
 * Handles one call from its arrival to the answer, in the order of a real service: connection, key, quota, answer. A
 * fault set through the control API takes precedence over one selected by a magic key.
 */
export const exchange =
  ({ settings, counters, quotas, now }: Deps) =>
  (standIn: StandIn, call: Call): Exchange => {
    const { name } = standIn;
    const key = standIn.keyOf(call);
    const at = now();
    counters.arrived(name, key, at);
    const set = nextFault(settings[name]);
    const fault = set ?? magicFault(key ?? '');
    const recorded = set ? undefined : standIn.recorded.get(key ?? '');
    const finish = (answer: Answer, delivery: Delivery = 'whole'): Exchange => {
      counters.ended(name, seenOutcome(answer, delivery), standIn.units(call));
      return { answer: withRetryAfter(answer, fault), delivery };
    };
    const trouble = (kind: Trouble): Answer => standIn.trouble(kind, call);

    if (fault?.mode === 'drop_before') return finish(trouble('internal'), 'drop');
    const badKey = keyTrouble(key);
    if (badKey) {
      // A service that is down fails also for callers without a key, which is how health probes ask.
      const said = set && (refusalOf(set) ?? failureOf(set));
      const answer = trouble(said ?? badKey);
      return finish(set ? damaged(answer, set) : answer, deliveryOf(set));
    }
    const refusal = fault && refusalOf(fault);
    if (refusal) return finish(recorded ?? trouble(refusal));

    const cost = countsUnits.has(name) ? standIn.units(call) : 1;
    if (!quotas.take(name, key ?? '', cost, settings[name].limits, at)) {
      counters.refused(name, key);
      return finish(trouble('over-quota'));
    }
    if (recorded) return finish(recorded);
    const failure = fault && failureOf(fault);
    if (failure) return finish(trouble(failure));
    const answer = standIn.answer(call, (mark) => counters.mark(name, mark));
    return finish(fault ? damaged(answer, fault) : answer, deliveryOf(fault));
  };
