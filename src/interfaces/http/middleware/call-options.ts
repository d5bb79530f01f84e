import type { IncomingHttpHeaders } from 'node:http';
import {
  anyCache,
  plainOptions,
  type CacheDirective,
  type CallOptions,
} from '../../../application/provider-call/call-options.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import { malformed, type Malformed } from '../../wire/failure.ts';

const LONGEST_DEADLINE_MS = 600_000;

/** Reads `Cache-Control` and `X-Request-Deadline-Ms` of a call. */
export const callOptionsOf = (headers: IncomingHttpHeaders): Either<Malformed, CallOptions> => {
  const cacheControl = headers['cache-control'];
  const deadline = headers['x-request-deadline-ms'];
  if (cacheControl === undefined && deadline === undefined) return right(plainOptions);
  const cache = cacheDirectiveOf(cacheControl ?? '');
  if (isLeft(cache)) return cache;
  const deadlineMs = deadlineOf(deadline);
  return isLeft(deadlineMs) ? deadlineMs : right({ cache: cache.right, deadlineMs: deadlineMs.right });
};

const deadlineOf = (header: string | string[] | undefined): Either<Malformed, number | undefined> => {
  if (header === undefined) return right(undefined);
  const value = typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : 0;
  return value >= 1 && value <= LONGEST_DEADLINE_MS
    ? right(value)
    : left(malformed(`X-Request-Deadline-Ms must be an integer from 1 to ${LONGEST_DEADLINE_MS}`));
};

/** Splits at commas, except those inside quotes (RFC 9110 section 5.6.4). */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.?)*"?)+/g;

/** Unknown directives are ignored (RFC 9111 section 5.2.3); known ones must be well formed. */
const cacheDirectiveOf = (header: string): Either<Malformed, CacheDirective> => {
  let directive: CacheDirective = anyCache;
  for (const [part] of header.matchAll(DIRECTIVE)) {
    const [written = '', argument] = part.trim().split('=', 2);
    const change = changeBy(directive, written.trim().toLowerCase(), argument);
    if (isLeft(change)) return change;
    directive = { ...directive, ...change.right };
  }
  return right(directive);
};

const changeBy = (
  directive: CacheDirective,
  name: string,
  argument: string | undefined,
): Either<Malformed, Partial<CacheDirective>> => {
  switch (name) {
    case 'no-cache':
      return right({ noCache: true });
    case 'no-store':
      return right({ noStore: true });
    case 'only-if-cached':
      return right({ onlyIfCached: true });
    case 'max-age':
    case 'max-stale':
    case 'min-fresh': {
      const seconds = name === 'max-stale' && argument === undefined ? Infinity : secondsIn(argument);
      return seconds === undefined
        ? left(malformed(`Cache-Control ${name} must be a number of seconds`))
        : right(stricter(directive, name, seconds));
    }
    default:
      return right({});
  }
};

/** Any number of digits: RFC 9111 section 1.2.2 requires values that are too large to count as infinite. */
const secondsIn = (argument: string | undefined): number | undefined => {
  const seconds = /^\s*"?(\d+)"?\s*$/.exec(argument ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds);
};

/** If a directive is repeated, the stricter value counts. */
const stricter = (
  { maxAgeSeconds = Infinity, maxStaleSeconds = Infinity, minFreshSeconds = 0 }: CacheDirective,
  name: 'max-age' | 'max-stale' | 'min-fresh',
  seconds: number,
): Partial<CacheDirective> => {
  switch (name) {
    case 'max-age':
      return { maxAgeSeconds: Math.min(seconds, maxAgeSeconds) };
    case 'max-stale':
      return { maxStaleSeconds: Math.min(seconds, maxStaleSeconds) };
    case 'min-fresh':
      return { minFreshSeconds: Math.max(seconds, minFreshSeconds) };
  }
};
