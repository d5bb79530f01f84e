/**
 * Groups of 16 bits in an IPv6 address. The first half names the network that a provider gives to one customer (RFC
 * 6177).
 */
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * Whom an address in canonical form stands for where attempts are counted: IPv4 for itself, IPv6 for its network of 64
 * bits, in which a single machine has more addresses than anybody can count.
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
