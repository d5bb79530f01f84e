import type { Job, Measured, Target } from '../load/job.ts';
import { startLoadGenerator } from './load-generator.ts';
import { cpuSeconds } from './proc.ts';

export const HOT_ADDRESSES = { kind: 'hot', count: 100 } as const;

/** The measured parties: the provider itself, the two rivals, and the service. */
export type PartyName = 'sandbox' | 'bare' | 'by-hand' | 'service';
export type Party = {
  readonly target: Target;
  readonly pid: number;
  /** Process ids of its stores, if it has not started them itself; its child processes then count as its own. */
  readonly stores?: readonly number[];
};

/** Processor time while a job ran, in percent of one core. */
export type Cpu = { readonly [Who in 'client' | 'server' | 'database' | 'provider']: number };
export type Result = Measured & { readonly cpu: Cpu };

type Aim = { readonly connections: number; readonly durationMs: number };
export type OpenWish = Aim & {
  readonly kind: 'open';
  readonly perSecond: number;
  readonly keepsEach?: true;
};
type Wish = (Aim & { readonly kind: 'closed' }) | OpenWish;

/** All parties of one comparison, each in its own process, on the same machine at the same time. */
export type Rig<Name extends string = PartyName> = {
  /** Measures addresses that are cached, by the parties that have a cache. */
  readonly hot: (party: Name, wish: Wish) => Promise<Result>;
  /** Measures addresses not requested before; `from` is the number of the first. */
  readonly distinct: (party: Name, wish: Wish) => Promise<Result & { readonly from: number }>;
};

export const measuring = <Name extends string>(
  providerPid: number,
  parties: Readonly<Record<Name, Party>>,
): Rig<Name> => {
  const generator = startLoadGenerator();
  let asked = 0;

  const whole = (pid: number): number => {
    const { own, below } = cpuSeconds(pid);
    return own + below;
  };
  const add = (sum: number, pid: number): number => sum + whole(pid);
  const cpuNow = ({ pid, stores }: Party) => ({
    client: cpuSeconds(generator.pid).own,
    provider: cpuSeconds(providerPid).own,
    of: stores === undefined ? cpuSeconds(pid) : { own: whole(pid), below: stores.reduce(add, 0) },
  });
  const measured = async (party: Party, job: Job): Promise<Result> => {
    const before = cpuNow(party);
    const started = performance.now();
    const result = await generator.run(job);
    const percent = 100 / ((performance.now() - started) / 1000);
    const after = cpuNow(party);
    return {
      ...result,
      cpu: {
        client: (after.client - before.client) * percent,
        server: (after.of.own - before.of.own) * percent,
        database: (after.of.below - before.of.below) * percent,
        provider: (after.provider - before.provider) * percent,
      },
    };
  };
  return {
    hot: (name, wish) => {
      const party = parties[name];
      return measured(party, { ...wish, target: party.target, addresses: HOT_ADDRESSES });
    },
    distinct: async (name, wish) => {
      const party = parties[name];
      const addresses = { kind: 'distinct', from: asked } as const;
      const result = await measured(party, { ...wish, target: party.target, addresses });
      asked += result.answers + wish.connections;
      return { ...result, from: addresses.from };
    },
  };
};
