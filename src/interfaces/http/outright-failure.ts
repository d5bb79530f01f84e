import type { IncomingMessage } from 'node:http';
import { isForOperators } from './exchange.ts';
import type { Phase } from './traffic.ts';
import { malformed, type EdgeFailure } from '../wire/failure.ts';

/**
 * Methods of RFC 9110 section 9 and RFC 5789, for which a path answers 405 with `Allow` if it does not take them.
 * Node's parser accepts many more.
 */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

/** Failures that do not depend on what is requested, but on the request line, the host, or the server's phase. */
export const outrightFailure = (phase: Phase, req: IncomingMessage): EdgeFailure | undefined => {
  if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0')
    return malformed('this is neither HTTP/1.1 nor HTTP/1.0');
  if (!METHODS.has(req.method ?? '')) return { kind: 'method-unknown' };
  const hosts = hostsNamed(req.rawHeaders);
  if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1'))
    return malformed('HTTP/1.1 needs one Host header');
  if (!HOST.test(req.headers.host ?? ''))
    return malformed('Host must be a name or address, with or without a port');
  if (isOddlyFramed(req)) return malformed('HTTP/1.0 has no transfer coding');
  const target = req.url ?? '';
  if (target.includes('#')) return malformed('the request target has a fragment');
  if (target[0] !== '/' && !rewroteTarget(req)) return malformed('the request target is not a path');
  return phase === 'stopping' && !isForOperators(req.url ?? '') ? { kind: 'stopping' } : undefined;
};

/** An intermediary may find the end of such a body elsewhere (request smuggling; RFC 9112 sections 6.1 and 11.2). */
export const isOddlyFramed = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion !== '1.1' && headers['transfer-encoding'] !== undefined;

/** RFC 3986 section 3.2.2, including the empty host; RFC 9112 section 3.2 requires anything else to be refused. */
const HOST = /^(?:(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*|\[[0-9a-f:.]+\])(?::\d*)?$/i;

/** Number of Host headers. Node keeps the first of them; a proxy in front may have used another. */
const hostsNamed = (rawHeaders: readonly string[]): number => {
  let found = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') found += 1;
  return found;
};

const ABSOLUTE = /^https?:\/\/([^/?#]+)(.*)$/i;

/**
 * Turns the absolute form `GET http://host/path`, which proxies get, into a path: RFC 9112 section 3.2.2 requires
 * origin servers to accept it, with its host in place of the Host header. The path is not normalised: resolving its
 * dots could lead to a path that a filtering proxy has not seen.
 */
const rewroteTarget = (req: IncomingMessage): boolean => {
  const target = req.url ?? '';
  const [, host = '@', path = ''] = ABSOLUTE.exec(target) ?? [];
  if (!HOST.test(host) || !URL.canParse(target)) return false;
  req.headers.host = host;
  req.url = path[0] === '/' ? path : `/${path}`;
  return true;
};
