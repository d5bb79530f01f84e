/**
 * An IPv6 address has eight groups of 16 bits. The first four name the network that a provider assigns to one customer
 * (RFC 6177).
 */
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * The network under which attempts of a client address (in canonical form) are counted: an IPv4 address by itself, an
 * IPv6 address by its /64, in which a single machine has an unlimited number of addresses.
 */
export const senderNetwork = (address: string): string => {
  if (!address.includes(':')) return address;
  const [before, behind] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = GROUPS - (before?.length ?? 0) - (behind?.length ?? 0);
  const groups = [
    ...(before ?? []),
    ...Array.from({ length: Math.max(0, zeros) }, () => '0'),
    ...(behind ?? []),
  ];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
};
