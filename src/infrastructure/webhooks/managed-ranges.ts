import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, isRight } from '../../domain/shared/fp.ts';
import { managedLists, type IpRangeSets, type ManagedList } from '../../domain/webhook/ip-allowlist.ts';
import { networkFrom, type IpNetwork } from '../../domain/webhook/sender/ip-address.ts';
import {
  refreshed,
  withdrawn,
  type RangeRefresh,
  type RangeSet,
} from '../../domain/webhook/sender/range-refresh.ts';
import type { Database } from '../postgres/database.ts';
import {
  loadRangeSets,
  storeRangeSet,
  type RangeSource,
  type StoredRangeSet,
} from '../postgres/webhooks/postgres-ip-range-sets.ts';
import { ipNotation } from './ip-notation.ts';
import { knownRanges } from './known-ranges.ts';
import { readRangesFile, type RangesFile } from './ranges-file.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly clock: Clock;
  /** Undefined: the lists of this build. */
  readonly path: string | undefined;
  readonly logger: {
    readonly warn: (message: string, fields: { readonly [name: string]: unknown }) => void;
  };
};

export type ManagedRanges = IpRangeSets & {
  /** Reads file and table again. Whatever goes wrong, the lists that count go on counting. */
  readonly refresh: () => Promise<void>;
  /** Lists whose refresh waits for an operator, for metrics. */
  readonly held: () => readonly ManagedList[];
};

/** The lists `github`, `stripe` and `telegram`: of this build until a file or another replica says otherwise. */
export const managedRanges = ({ database, clock, path, logger }: Deps): ManagedRanges => {
  let networks = new Map<string, readonly IpNetwork[]>(
    managedLists.map((name) => [name, networksOf(knownRanges[name])]),
  );
  let held: readonly ManagedList[] = [];

  /** Undefined: nobody can tell what it says. */
  const fileNow = async (): Promise<RangesFile | undefined> => {
    if (path === undefined) return {};
    const file = await readRangesFile(path);
    if (isRight(file)) return file.right;
    logger.warn('managed address lists not refreshed', { reason: file.left });
    return undefined;
  };

  return {
    networksOf: (list) => networks.get(list) ?? [],
    held: () => held,
    refresh: async () => {
      const [stored, file] = [await loadRangeSets(database), await fileNow()];
      const sets = new Map<string, RangeSet>(stored);
      for (const name of managedLists) {
        const { outcome, source } = offered(name, stored.get(name), file);
        if (outcome.kind === 'kept') continue;
        await storeRangeSet(database, name, outcome.set, source, clock.now());
        sets.set(name, outcome.set);
        if (outcome.kind === 'held')
          logger.warn('a refresh would remove more than half of a managed address list', { list: name });
      }
      networks = new Map([...sets].map(([name, { cidrs }]) => [name, networksOf(cidrs)]));
      held = managedLists.filter((name) => sets.get(name)?.pendingReview !== undefined);
    },
  };
};

type Offered = { readonly outcome: RangeRefresh; readonly source: RangeSource };

/**
 * What an operator's file said goes on counting. What a build said is added to, never taken from: while replicas are
 * replaced those of two builds read it in turn, and what one of them knows is published. A list that waits to be
 * reviewed is not where the one that counts came from.
 */
const offered = (
  name: ManagedList,
  stored: StoredRangeSet | undefined,
  file: RangesFile | undefined,
): Offered => {
  if (stored !== undefined && file === undefined) return { outcome: { kind: 'kept' }, source: stored.source };
  const ofFile = file?.[name];
  if (ofFile !== undefined) {
    const outcome = refreshed(stored, ofFile.cidrs, ofFile.reviewed);
    return { outcome, source: outcome.kind === 'held' ? (stored?.source ?? 'file') : 'file' };
  }
  if (stored?.source === 'file') return { outcome: withdrawn(stored), source: 'file' };
  const ofBuild = [...(stored?.cidrs ?? []), ...knownRanges[name]];
  return { outcome: refreshed(stored, ofBuild, false), source: 'build' };
};

const networksOf = (cidrs: readonly string[]): readonly IpNetwork[] =>
  cidrs.flatMap((cidr) => {
    const network = networkFrom(ipNotation, cidr);
    return isLeft(network) ? [] : [network.right];
  });
