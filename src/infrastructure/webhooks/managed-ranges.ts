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
import { readRangesFile, type FreshRanges, type RangesFile } from './ranges-file.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly clock: Clock;
  /** Undefined: only the lists built in. */
  readonly path: string | undefined;
  readonly logger: {
    readonly warn: (message: string, fields: { readonly [name: string]: unknown }) => void;
  };
};

export type ManagedRanges = IpRangeSets & {
  /** Reads file and table again. Whatever fails, the lists in effect stay in effect. */
  readonly refresh: () => Promise<void>;
  /** Lists whose refresh waits for an operator's review, for metrics. */
  readonly held: () => readonly ManagedList[];
};

/** The lists `github`, `stripe` and `telegram`: those built in, until a file or another replica provides newer ones. */
export const managedRanges = ({ database, clock, path, logger }: Deps): ManagedRanges => {
  let networks = new Map<string, readonly IpNetwork[]>(
    managedLists.map((name) => [name, networksOf(knownRanges[name])]),
  );
  let held: readonly ManagedList[] = [];

  /** The content of the file; undefined when it cannot be read. */
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
        const doubt = stored.has(name) ? undefined : doubtAtFirst(name, file?.[name]);
        if (doubt !== undefined) logger.warn(doubt, { list: name });
        const { outcome, source } = offered(name, stored.get(name), file);
        if (outcome.kind === 'kept') continue;
        await storeRangeSet(database, name, outcome.set, source, clock.now());
        sets.set(name, outcome.set);
        if (outcome.kind === 'held')
          logger.warn(
            'a refresh would remove more than half of a managed address list, the previous one is used until it is reviewed',
            { list: name },
          );
      }
      networks = new Map([...sets].map(([name, { cidrs }]) => [name, networksOf(cidrs)]));
      held = managedLists.filter((name) => sets.get(name)?.pendingReview !== undefined);
    },
  };
};

type Offered = { readonly outcome: RangeRefresh; readonly source: RangeSource };

/**
 * The refresh of one list. What came from an operator's file stays in effect without it. A list built in is only added
 * to, never shortened: during a rolling update replicas of two releases take turns, and each knows ranges that were
 * published. While a refresh is held for review, the source is that of the list in effect.
 */
const offered = (
  name: ManagedList,
  stored: StoredRangeSet | undefined,
  file: RangesFile | undefined,
): Offered => {
  if (stored !== undefined && file === undefined) return { outcome: { kind: 'kept' }, source: stored.source };
  const ofFile = file?.[name];
  // An empty list changes nothing, and where nothing is stored yet, every sender would be refused without the built-in
  // one.
  const isNothing = stored === undefined && ofFile?.cidrs.length === 0;
  if (ofFile !== undefined && !isNothing) {
    const outcome = refreshed(stored, ofFile.cidrs, ofFile.reviewed);
    return { outcome, source: outcome.kind === 'held' ? (stored?.source ?? 'file') : 'file' };
  }
  if (stored?.source === 'file') return { outcome: withdrawn(stored), source: 'file' };
  const ofBuild = [...(stored?.cidrs ?? []), ...knownRanges[name]];
  return { outcome: refreshed(stored, ofBuild, false), source: 'build' };
};

/**
 * The first list of an operator has none before it that it could be held against, and may be meant to be short: a
 * private network in front of a gateway, for instance.
 */
const doubtAtFirst = (name: ManagedList, ofFile: FreshRanges | undefined): string | undefined => {
  if (ofFile === undefined) return undefined;
  if (ofFile.cidrs.length === 0)
    return 'a managed address list in the file is empty, the built-in one is used';
  const known = { cidrs: knownRanges[name], pendingReview: undefined };
  return refreshed(known, ofFile.cidrs, ofFile.reviewed).kind === 'held'
    ? 'a managed address list lacks more than half of the built-in one, and is used all the same'
    : undefined;
};

const networksOf = (cidrs: readonly string[]): readonly IpNetwork[] =>
  cidrs.flatMap((cidr) => {
    const network = networkFrom(ipNotation, cidr);
    return isLeft(network) ? [] : [network.right];
  });
