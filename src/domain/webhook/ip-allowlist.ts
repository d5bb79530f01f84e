import { isLeft, left, right, type Either } from '../shared/fp.ts';
import {
  contains,
  networkFrom,
  networkText,
  wholeFamily,
  type AddressNotation,
  type IpAddress,
  type IpNetwork,
} from './sender/ip-address.ts';
import type { WebhookConfig } from './webhook-config.ts';

/** Lists of addresses that senders publish, referred to by name. */
export const managedLists = ['github', 'stripe', 'telegram'] as const;
export type ManagedList = (typeof managedLists)[number];

/** The current networks of each managed list. An empty list admits nobody. */
export type IpRangeSets = { readonly networksOf: (list: ManagedList) => readonly IpNetwork[] };

const isManagedList = (entry: string): entry is ManagedList =>
  (managedLists as readonly string[]).includes(entry);

/** The canonical form of an allowlist entry, or what is wrong with it. */
export const allowlistEntry = (notation: AddressNotation, text: string): Either<string, string> => {
  if (isManagedList(text)) return right(text);
  if (/^[a-z][a-z_-]*$/i.test(text))
    return left(`no list of that name; there are ${managedLists.join(', ')}`);
  const network = networkFrom(notation, text);
  return isLeft(network) ? network : right(networkText(notation, network.right));
};

/** What is wrong with an allowlist as a whole, although each of its entries is valid. */
export const allowlistProblem = (
  notation: AddressNotation,
  entries: readonly string[],
): string | undefined => {
  const family = wholeFamily(ownNetworks(notation, entries).networks);
  return family && `admits every ${family} address between its entries: set ip_mode to off instead`;
};

/**
 * - `admitted`: on the list, or the list is not checked.
 * - `noted`: not on the list, and the mode is `observe`.
 * - `refused`: not on the list, or the client address is unknown.
 */
export type AddressVerdict = 'admitted' | 'noted' | 'refused';

type Listed = Pick<WebhookConfig, 'ipMode' | 'ipAllowlist'>;

/**
 * Checks client addresses against the allowlist of a webhook. The networks are parsed once per version of the webhook.
 */
export const addressJudge = (
  notation: AddressNotation,
  sets: IpRangeSets,
): ((webhook: Listed, address: IpAddress | undefined) => AddressVerdict) => {
  const known = new WeakMap<Listed, Own>();
  const ownOf = (webhook: Listed): Own => {
    const own = known.get(webhook) ?? ownNetworks(notation, webhook.ipAllowlist);
    known.set(webhook, own);
    return own;
  };
  return (webhook, address) => {
    if (webhook.ipMode === 'off') return 'admitted';
    const isListed = address !== undefined && admits(ownOf(webhook), sets, address);
    if (isListed) return 'admitted';
    return webhook.ipMode === 'observe' ? 'noted' : 'refused';
  };
};

type Own = { readonly networks: readonly IpNetwork[]; readonly lists: readonly ManagedList[] };

const admits = ({ networks, lists }: Own, sets: IpRangeSets, address: IpAddress): boolean =>
  networks.some((network) => contains(network, address)) ||
  lists.some((list) => sets.networksOf(list).some((network) => contains(network, address)));

const ownNetworks = (notation: AddressNotation, entries: readonly string[]): Own => ({
  lists: entries.filter(isManagedList),
  networks: entries.flatMap((entry) => {
    const network = networkFrom(notation, entry);
    return isLeft(network) ? [] : [network.right];
  }),
});
