import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { BaseUrlRefused, OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { isPublicAddress } from './public-address.ts';
import { osResolver, type ResolveAll } from './remembered-addresses.ts';

export type OutboundGuard = OutboundPolicy & {
  /**
   * Why this connection must not be made, or undefined. Literal addresses are never looked up, so they are judged here.
   */
  readonly connectRefusal: (target: {
    readonly secure: boolean;
    readonly host: string;
  }) => string | undefined;
  /** For agents: gives the addresses it has judged, so the name cannot point elsewhere by the time of the connect. */
  readonly lookup: LookupFunction;
};

type Deps = { readonly allowPrivate: boolean; readonly resolveAll?: ResolveAll };

export const OUTBOUND_REFUSED = 'ERR_OUTBOUND_REFUSED';
/** Longer than any healthy resolver, shorter than a caller's patience. */
const RESOLVE_LIMIT_MS = 2_000;

/** Decides whether tenant traffic and keys may go to an address: no way into our own network, nothing in the clear. */
export const outboundPolicy = ({ allowPrivate, resolveAll = osResolver }: Deps): OutboundGuard => ({
  check: async (baseUrl) => {
    const parsed = parsedBaseUrl(baseUrl, allowPrivate);
    if (isLeft(parsed)) return parsed;
    if (allowPrivate) return right(undefined);
    const host = bareHost(parsed.right);
    if (isIP(host) !== 0) return isPublicAddress(host) ? right(undefined) : refused(NOT_PUBLIC);
    if (LOCAL_NAME.test(host)) return refused(NOT_PUBLIC);
    // A name that does not resolve now is accepted: a laptop without a network must be able to store
    // a provider, and the same judgement is made again on every connect.
    const addresses = await addressesOf(host, resolveAll);
    return addresses.every(({ address }) => isPublicAddress(address))
      ? right(undefined)
      : refused(NOT_PUBLIC);
  },
  connectRefusal: ({ secure, host }) => {
    if (allowPrivate) return undefined;
    if (!secure) return 'plain http is not allowed';
    return isIP(host) !== 0 && !isPublicAddress(host) ? 'the address is not public' : undefined;
  },
  lookup: judgedLookup(allowPrivate, resolveAll),
});

const refused = (detail: string): Either<BaseUrlRefused, never> => left({ kind: 'base-url-refused', detail });
const NOT_PUBLIC = 'leads to a private, loopback, link-local or otherwise not public address';
const LOCAL_NAME = /(^|\.)localhost\.?$/i;
/**
 * As RFC 3986 writes it. URL parsers mend more in silence, spaces, tabs, backslashes and slashes among it: whoever
 * writes a path behind the text does not, and where it leads would be read otherwise by somebody else.
 */
const WELL_WRITTEN = /^https?:\/\/(?!\/)(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9a-f]{2})+$/i;
const WITH_USER = /^\w+:\/\/[^/?#]*@/;

const parsedBaseUrl = (text: string, allowPrivate: boolean): Either<BaseUrlRefused, URL> => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return refused('not an absolute URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('only http and https');
  if (url.protocol === 'http:' && !allowPrivate) return refused('https is required');
  if (!WELL_WRITTEN.test(text))
    return refused('not written as https://host/path, all other characters percent-encoded');
  // An empty user leaves no trace in `username`, as do an empty query and fragment in `search` and `hash`.
  if (WITH_USER.test(text)) return refused('no user name or password in the URL');
  if (/[?#]/.test(text)) return refused('no query and no fragment');
  return right(url);
};

const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** An Error that names no host: it ends in answers and logs. */
export const outboundError = (reason: string): NodeJS.ErrnoException =>
  Object.assign(new Error(reason), { code: OUTBOUND_REFUSED });

const noAddress = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error('no address of the asked family'), { code: 'ENOTFOUND', hostname });

const addressesOf = (host: string, resolveAll: ResolveAll): Promise<readonly LookupAddress[]> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve([]), RESOLVE_LIMIT_MS);
    resolveAll(host, (_error, addresses) => {
      clearTimeout(timer);
      resolve(addresses);
    });
  });

const judgedLookup =
  (allowPrivate: boolean, resolveAll: ResolveAll): LookupFunction =>
  (hostname, options, callback) => {
    resolveAll(hostname, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const forbidden = !allowPrivate && !found.every(({ address }) => isPublicAddress(address));
      if (forbidden) return callback(outboundError('the name leads to an address that is not public'), '', 0);
      const fitting = found.filter(({ family }) => fitsFamily(family, options.family));
      const [first] = fitting;
      if (first === undefined) return callback(noAddress(hostname), '', 0);
      if (options.all === true) return callback(null, [...fitting]);
      callback(null, first.address, first.family);
    });
  };

const fitsFamily = (family: number, asked: number | string | undefined): boolean =>
  asked === undefined || asked === 0 || Number(String(asked).replace('IPv', '')) === family;
