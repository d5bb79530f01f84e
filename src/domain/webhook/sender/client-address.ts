import { addressFrom, contains, type AddressNotation, type IpAddress, type IpNetwork } from './ip-address.ts';

export type Connection = {
  /** Address of the socket's peer; undefined when the socket is closed. */
  readonly peer: string | undefined;
  /** All `X-Forwarded-For` headers in the order received. The header `Forwarded` is ignored. */
  readonly forwardedFor: readonly string[];
};

/**
 * Longest entry: an address with brackets, port and some white space. Without a limit, trimming a header full of white
 * space would take quadratic time.
 */
const LONGEST_ENTRY = 128;
/** The system adds a zone to link-local addresses (`fe80::1%eth0`). In a header it would be a stranger's text. */
const ZONE = /%.*$/;
const PORT = /^(?:0|[1-9]\d{0,4})$/;
const IN_BRACKETS = /^\[([^[\]]*)\](?::([^:]*))?$/;
const WITH_PORT = /^([^:]+):([^:]*)$/;

/**
 * Determines the client's address by reading `X-Forwarded-For` from right to left, starting at the socket: each trusted
 * proxy vouches for the entry before its own, and the first address that is not a trusted proxy is the client.
 * Undefined when the entry of a trusted proxy is not an address; an enforced allowlist then refuses.
 */
export const clientAddress = (
  notation: AddressNotation,
  trustedProxies: readonly IpNetwork[],
  { peer, forwardedFor }: Connection,
): IpAddress | undefined => {
  const isTrusted = (address: IpAddress): boolean =>
    trustedProxies.some((network) => contains(network, address));
  let client = addressFrom(notation, (peer ?? '').replace(ZONE, ''));
  const entries = forwardedFor.flatMap((header) => header.split(','));
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
    if (client === undefined || !isTrusted(client)) return client;
    client = addressFrom(notation, bareAddress(entry));
  }
  return client;
};

/** Some proxies append the port, and write IPv6 in brackets then. An invalid port makes the entry unreadable. */
const bareAddress = (entry: string): string => {
  if (entry.length > LONGEST_ENTRY) return '';
  const text = entry.replaceAll(/^[ \t]+|[ \t]+$/g, '');
  const [, inner, port = '0'] = IN_BRACKETS.exec(text) ?? [];
  if (inner !== undefined) return inner.includes(':') && isPort(port) ? inner : '';
  const [, address, suffix = ''] = WITH_PORT.exec(text) ?? [];
  if (address === undefined) return text;
  return isPort(suffix) ? address : '';
};

const isPort = (text: string): boolean => PORT.test(text) && Number(text) <= 65_535;
