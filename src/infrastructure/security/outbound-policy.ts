import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { BaseUrlRefused, OutboundPolicy } from '../../domain/provider/outbound-policy.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { isPublicAddress } from './public-address.ts';
import { osResolver, type ResolveAll } from './remembered-addresses.ts';

export type OutboundGuard = OutboundPolicy & {
  /** Why this connection must not be made, or undefined. Literal addresses need no lookup, so they are checked here. */
  readonly connectRefusal: (target: {
    readonly secure: boolean;
    readonly host: string;
  }) => string | undefined;
  /**
   * For HTTP agents: connects only to the addresses that were checked, so the name cannot change its meaning in between
   * (DNS rebinding).
   */
  readonly lookup: LookupFunction;
};

type Deps = { readonly allowPrivate: boolean; readonly resolveAll?: ResolveAll };

export const OUTBOUND_REFUSED = 'ERR_OUTBOUND_REFUSED';
/** Longer than any healthy resolver takes, shorter than a caller's patience. */
const RESOLVE_LIMIT_MS = 2_000;

/**
 * Decides whether traffic and keys of tenants may go to an address: nothing to our own network (SSRF), and nothing
 * unencrypted.
 */
export const outboundPolicy = ({ allowPrivate, resolveAll = osResolver }: Deps): OutboundGuard => ({
  check: async (baseUrl) => {
    const parsed = parsedBaseUrl(baseUrl, allowPrivate);
    if (isLeft(parsed)) return parsed;
    if (allowPrivate) return right(undefined);
    const host = bareHost(parsed.right);
    if (isIP(host) !== 0) return isPublicAddress(host) ? right(undefined) : refused(NOT_PUBLIC);
    if (LOCAL_NAME.test(host)) return refused(NOT_PUBLIC);
    // A name that does not resolve now is accepted: it must be possible to store a provider on a laptop without a
    // network, and the same check is made again at every connect.
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
 * As in RFC 3986. URL parsers silently correct more (spaces, tabs, backslashes, slashes), while code that appends a
 * path to the text does not: somebody else might understand the result differently.
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
  // An empty user does not show in `username`, nor do an empty query or fragment in `search` and `hash`.
  if (WITH_USER.test(text)) return refused('no user name or password in the URL');
  if (/[?#]/.test(text)) return refused('no query and no fragment');
  return right(url);
};

const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** An error without a host name, since it ends up in answers and logs. */
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
