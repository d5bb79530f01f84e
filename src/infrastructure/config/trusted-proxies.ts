import { isLeft } from '../../domain/shared/fp.ts';
import { networkFrom, wholeFamily, type IpNetwork } from '../../domain/webhook/sender/ip-address.ts';
import { ipNotation } from '../webhooks/ip-notation.ts';
import type { EnvironmentReader } from './environment-reader.ts';

const EVERYBODY = 'would let every client choose its own address';

/** Networks of the proxies in front; nobody else is trusted to name a sender's address. */
export const trustedProxies = (read: EnvironmentReader): readonly IpNetwork[] => {
  const networks = (read.text('TRUSTED_PROXIES')?.split(',') ?? []).flatMap((entry, index) => {
    const network = networkFrom(ipNotation, entry.trim());
    if (!isLeft(network)) return [network.right];
    const detail = network.left.startsWith('admits') ? EVERYBODY : network.left;
    read.problem('TRUSTED_PROXIES', `entry ${index + 1}: ${detail}`);
    return [];
  });
  if (wholeFamily(networks) !== undefined)
    read.problem('TRUSTED_PROXIES', `the entries together: ${EVERYBODY}`);
  return networks;
};
