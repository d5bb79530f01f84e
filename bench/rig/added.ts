import { addedLatencies } from '../load/added-latency.ts';
import type { Percentiles } from '../load/job.ts';
import { percentilesOf } from '../load/latencies.ts';
import { addressAt } from '../load/requests.ts';
import type { HeldRequest } from '../rivals/held-requests.ts';
import type { ProviderQuestion } from '../rivals/sandbox.ts';
import type { Child } from './child.ts';
import type { OpenWish, Result, Rig } from './measuring.ts';

/** Percentiles of the time that requests took beyond the time for which the provider held them, in milliseconds. */
export type WithAdded = Result & { readonly added: Percentiles };

/** Like `Rig.distinct` in an open loop, for parties that ask the provider once for each request. */
export type MeasureAdded<Name extends string> = (party: Name, wish: OpenWish) => Promise<WithAdded>;

export const measuringAdded =
  <Name extends string>({ distinct }: Rig<Name>, provider: Child): MeasureAdded<Name> =>
  async (party, wish) => {
    const ask = (question: ProviderQuestion): Promise<unknown> => provider.ask(question);
    await ask('note-held');
    const result = await distinct(party, { ...wish, keepsEach: true });
    const held = (await ask('take-held')) as readonly HeldRequest[];
    const own = Array.from(result.each ?? [], (ms, index) => ({
      address: addressAt(result.from + index),
      ms,
    }));
    if (own.length !== result.answers)
      throw new Error(`${own.length} latencies were kept of ${result.answers}`);
    return { ...result, added: percentilesOf(addedLatencies(own, held)) };
  };
