import type { CacheReport, CallReport, Timings } from '../../../application/provider-call/call-report.ts';
import { windowMs, type WindowState } from '../../../domain/rate-limit/quota.ts';
import { formatMicros } from '../../../domain/shared/money.ts';

/**
 * The headers by which every integration call, answered or failed, explains itself: RFC 9211 Cache-Status, RFC 9111
 * Age, Server-Timing, and RateLimit of draft-ietf-httpapi-ratelimit-headers-10.
 */
export const callHeaders = (report: CallReport, now: number): string[] => {
  const { cache, cost, windows } = report;
  const headers = [
    'Cache-Status',
    cacheStatus(cache),
    'X-Integration-Attempts',
    String(report.attempts.length),
    'X-Integration-Cost',
    `${formatMicros(cost.micros)} ${cost.currency}`,
    'X-Integration-Log-Id',
    report.logId,
    'Server-Timing',
    serverTiming(report.timings),
  ];
  if (report.provider !== undefined) headers.push('X-Integration-Provider', report.provider);
  if (cache.status === 'hit' || cache.status === 'stale') headers.push('Age', String(cache.ageSeconds));
  if (windows.length > 0) {
    const { limits, policies } = windowTexts(report, now);
    headers.push('RateLimit', limits, 'RateLimit-Policy', policies);
  }
  return headers;
};

type WindowTexts = { readonly limits: string; readonly policies: string };

/** For less than a second hits report the same windows again and again: their texts are made once. */
const texts = new WeakMap<readonly WindowState[], WindowTexts>();

const windowTexts = (report: CallReport, now: number): WindowTexts => {
  const { windows } = report;
  const known = texts.get(windows);
  if (known !== undefined) return known;
  const made = {
    limits: windows.map((window) => remaining(report, window, now)).join(', '),
    policies: windows.map((window) => policy(report, window)).join(', '),
  };
  if (report.cache.status === 'hit') texts.set(windows, made);
  return made;
};

const cacheStatus = (cache: CacheReport): string => {
  switch (cache.status) {
    case 'hit':
      return `integration; hit; ttl=${cache.ttlSeconds}; detail=${cache.layer}`;
    case 'stale':
      return `integration; fwd=stale; ttl=${cache.ttlSeconds}; detail=${cache.layer}`;
    case 'bypass':
      return 'integration; fwd=bypass';
    case 'miss': {
      // Without `fwd`, since the request was not forwarded (RFC 9211 section 2.2).
      if (cache.isForwarded === false) return 'integration; detail=not-cached';
      const reason = cache.reason === 'bypassed' ? 'bypass' : 'miss';
      return `integration; fwd=${reason}${cache.stored ? '; stored' : ''}${cache.collapsed ? '; collapsed' : ''}`;
    }
  }
};

/** Hundredths of a millisecond are enough, and rounding is much cheaper than `toFixed`. */
const hundredths = (ms: number): number => Math.round(ms * 100) / 100;

const serverTiming = ({ cache, quota, provider, journal, total }: Readonly<Timings>): string =>
  `cache;dur=${hundredths(cache)}, quota;dur=${hundredths(quota)}, provider;dur=${hundredths(provider)}, ` +
  `journal;dur=${hundredths(journal)}, total;dur=${hundredths(total)}`;

/** The owner of a window: the service that answered, one that was asked before it, or `tenant:<kind>`. */
export const windowOwner = (report: CallReport, { subjectId }: WindowState): string => {
  if (subjectId === report.serviceId && report.serviceName !== undefined) return report.serviceName;
  return report.attempts.find((attempt) => attempt.serviceId === subjectId)?.serviceName ?? subjectId;
};

/** A structured-field string may contain only printable ASCII, and a quote would end it. */
const policyName = (report: CallReport, window: WindowState): string =>
  `"${windowOwner(report, window).replaceAll(/[^A-Za-z0-9_.-]/g, '-')}-${window.window}"`;

/** Without `t` for a limit of zero: it never resets, and `t=0` would tell the client to try again at once. */
const remaining = (report: CallReport, window: WindowState, now: number): string => {
  const left = `${policyName(report, window)};r=${window.remaining}`;
  return window.limit > 0 ? `${left};t=${Math.ceil(resetsInMs(window, now) / 1000)}` : left;
};

/** A call counts from its arrival at the provider, a moment after its grant, and leaves the window that much later. */
const LONGEST_ARRIVAL_MS = 1_000;

/** `now` is by our clock, which may differ from the limiter's. */
export const resetsInMs = ({ window, resetsAt }: WindowState, now: number): number =>
  Math.min(windowMs[window] + LONGEST_ARRIVAL_MS, Math.max(0, resetsAt - now));

const policy = (report: CallReport, window: WindowState): string =>
  `${policyName(report, window)};q=${window.limit};w=${windowMs[window.window] / 1000}`;
