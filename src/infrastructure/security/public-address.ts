import ipaddr from 'ipaddr.js';

/** IPv6 prefixes that embed an IPv4 address, and its position in the 16 bytes. */
const EMBEDDED_IPV4: readonly (readonly [prefix: string, bits: number, offset: number])[] = [
  ['::ffff:0:0', 96, 12],
  ['::ffff:0:0:0', 96, 12],
  ['64:ff9b::', 96, 12],
  ['2002::', 16, 2],
];
/**
 * Within Azure its platform answers at this address, with keys of the machine among other things; elsewhere nobody uses
 * it, although it looks public.
 */
const AZURE_PLATFORM = '168.63.129.16';
const isPublicIpv4 = (address: ipaddr.IPv4): boolean =>
  address.range() === 'unicast' && address.toString() !== AZURE_PLATFORM;

/** All public IPv6 unicast addresses allocated so far (IANA). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * True only for addresses of the public internet. IPv4 inside IPv6 (mapped, translated, NAT64, 6to4) is judged by the
 * IPv4 address; Teredo and every other special range is refused.
 */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return isPublicIpv4(address);
  const v6 = address as ipaddr.IPv6;
  for (const [prefix, bits, offset] of EMBEDDED_IPV4) {
    if (v6.match(ipaddr.IPv6.parse(prefix), bits))
      return isPublicIpv4(new ipaddr.IPv4(v6.toByteArray().slice(offset, offset + 4)));
  }
  return v6.match(GLOBAL_UNICAST) && v6.range() === 'unicast';
};
