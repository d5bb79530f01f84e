import { addressFrom, contains, type AddressNotation, type IpAddress, type IpNetwork } from './ip-address.ts';

export type Connection = {
  /** Of the socket; undefined when it is gone. */
  readonly peer: string | undefined;
  /** Every `X-Forwarded-For` header in the order received. `Forwarded` counts for nothing. */
  readonly forwardedFor: readonly string[];
};

/**
 * Characters of one address, with brackets, port and some blanks. Without a limit, stripping a header full of blanks
 * would take time that grows with its square.
 */
const LONGEST_ENTRY = 128;
/**
 * Where the system names the interface of a neighbour on the link (`fe80::1%eth0`). In a header
 * it is a stranger's word.
 */
const ZONE = /%.*$/;
const PORT = /^(?:0|[1-9]\d{0,4})$/;
const IN_BRACKETS = /^\[([^[\]]*)\](?::([^:]*))?$/;
const WITH_PORT = /^([^:]+):([^:]*)$/;

/**
 * Whose request it is. From the socket leftward through `X-Forwarded-For`: each trusted proxy vouches for the
 * entry before its own, the first address that is no trusted proxy is the client. Undefined when what a trusted
 * proxy wrote is no address: then nobody knows, and who enforces an allowlist refuses.
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

/** Some proxies write the port, and IPv6 then in brackets. What is no port makes the entry unreadable. */
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
