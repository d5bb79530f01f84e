import { left, right, type Either } from '../../shared/fp.ts';

/** Four bytes, or sixteen. IPv4-mapped IPv6 (`::ffff:…`) becomes IPv4. */
export type IpAddress = { readonly bytes: readonly number[] };
export type IpNetwork = { readonly bytes: readonly number[]; readonly prefix: number };

/** Parses and formats addresses. Matching them is arithmetic and needs no library. */
export type AddressNotation = {
  /**
   * Strictly one address: four decimal numbers without leading zeros, or IPv6. Undefined for everything else, such as
   * brackets, ports, white space, zone ids, and shortened or hexadecimal IPv4.
   */
  readonly read: (text: string) => readonly number[] | undefined;
  /** The canonical form; for IPv6 that of RFC 5952. */
  readonly write: (bytes: readonly number[]) => string;
};

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const MAPPED_BITS = 96;
const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

const isMapped = (bytes: readonly number[]): boolean =>
  bytes.length === 16 && MAPPED.every((byte, index) => bytes[index] === byte);

export const addressFrom = (notation: AddressNotation, text: string): IpAddress | undefined => {
  const bytes = notation.read(text);
  return bytes && { bytes: isMapped(bytes) ? bytes.slice(12) : bytes };
};

/**
 * Parses an address or a network in CIDR notation; otherwise returns a sentence with the problem, also for networks
 * that are probably not meant so.
 */
export const networkFrom = (notation: AddressNotation, text: string): Either<string, IpNetwork> => {
  const [address = '', length, ...more] = text.split('/');
  const bytes = notation.read(address);
  if (bytes === undefined || more.length > 0)
    return left('an IPv4 or IPv6 address or network such as 203.0.113.0/24');
  const most = bytes.length * 8;
  const prefix = length === undefined ? most : PREFIX.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= most)) return left(`the number after "/" must be an integer from 1 to ${most}`);
  // All of IPv4 can also be written as a mapped IPv6 network.
  if (prefix === 0 || (isMapped(bytes) && prefix === MAPPED_BITS))
    return left(
      `admits every ${bytes.length === 4 || prefix > 0 ? 'IPv4' : 'IPv6'} address: set ip_mode to off instead`,
    );
  if (isMapped(bytes) && prefix < MAPPED_BITS)
    return left('takes in IPv4 and more: write IPv4 networks as such');
  const base = masked(bytes, prefix);
  if (base.some((byte, index) => byte !== bytes[index]))
    return left(`has bits set behind its prefix; the network is ${notation.write(base)}/${prefix}`);
  return right(isMapped(base) ? { bytes: base.slice(12), prefix: prefix - MAPPED_BITS } : { bytes, prefix });
};

const masked = (bytes: readonly number[], prefix: number): readonly number[] =>
  bytes.map((byte, index) => byte & maskOf(prefix - index * 8));

/** The mask for a byte whose leading `bits` count. */
const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff);

/** IPv4 and IPv6 never match each other. */
export const contains = ({ bytes: base, prefix }: IpNetwork, { bytes }: IpAddress): boolean =>
  base.length === bytes.length &&
  base.every((byte, index) => ((byte ^ (bytes[index] ?? 0)) & maskOf(prefix - index * 8)) === 0);

const families = [
  { name: 'IPv4', bytes: 4 },
  { name: 'IPv6', bytes: 16 },
] as const;

/** The address family that these networks cover completely between them, as `0.0.0.0/1` and `128.0.0.0/1` do. */
export const wholeFamily = (networks: readonly IpNetwork[]): 'IPv4' | 'IPv6' | undefined =>
  families.find(({ bytes }) => {
    const own = networks.filter((network) => network.bytes.length === bytes);
    // Two networks are either disjoint or nested, so the nested ones are dropped before summing up.
    const apart = own.filter(
      (one, i) =>
        !own.some(
          (other, j) =>
            contains(other, one) && (other.prefix < one.prefix || (other.prefix === one.prefix && j < i)),
        ),
    );
    return apart.reduce((share, { prefix }) => share + 2 ** -prefix, 0) === 1;
  })?.name;

/** CIDR notation; a single address is written without its prefix length. */
export const networkText = (notation: AddressNotation, { bytes, prefix }: IpNetwork): string =>
  prefix === bytes.length * 8 ? notation.write(bytes) : `${notation.write(bytes)}/${prefix}`;
