import type { Answered } from '../../../application/provider-call/complete-operation.ts';
import type { CacheReport, CallReport } from '../../../application/provider-call/call-report.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, right, type Either } from '../../../domain/shared/fp.ts';
import type { TenantContext } from '../../../domain/shared/tenant-context.ts';
import { asBytes, JSON_HEADERS, type WholeReply } from '../reply.ts';
import { callHeaders } from './call-headers.ts';
import { metaMembersBytes } from './call-meta.ts';

/** The answer of an integration call, explained twice: in `meta` for programs, in headers for proxies and people. */
export const callReply = <V extends object>(
  { value, report }: Answered<V>,
  present: (value: V) => unknown,
  requestId: string,
  now: number,
): WholeReply => {
  const headers = callHeaders(report, now);
  headers.push(...JSON_HEADERS);
  const meta = metaMembersBytes(report, requestId);
  const first = beginning(value, report, present);
  const rest = `,${meta}}}`;
  const written = typeof first === 'string' ? { bytes: first + rest } : { shared: first, bytes: rest };
  const reply = { status: 200, headers, ...written };
  return report.isWithheld === true ? { ...reply, isWithheld: true } : reply;
};

/** The same, or the failure of the call. */
export const callOutcome = <E, V extends object>(
  answered: Either<E, Answered<V>>,
  present: (value: V) => unknown,
  { correlationId }: Pick<TenantContext, 'correlationId'>,
  clock: Pick<Clock, 'now'>,
): Either<E, WholeReply> =>
  isLeft(answered) ? answered : right(callReply(answered.right, present, correlationId, clock.now()));

/**
 * The first cache tier returns the same objects again and again, and a load for which many wait returns one object to
 * all of them: their text is made once and kept with the object.
 */
const beginnings = new WeakMap<object, { readonly text: string | Buffer; readonly by: unknown }>();

/**
 * From this many characters on, the text is kept outside V8's heap and shared by all answers: as a string, each answer
 * would hold a copy in the heap until its client has read it.
 */
const SHARED_FROM = 64 * 1024;

const beginning = <V extends object>(
  value: V,
  report: CallReport,
  present: (value: V) => unknown,
): string | Buffer => {
  const known = beginnings.get(value);
  if (known?.by === present) return known.text;
  const data = JSON.stringify(present(value));
  const json = `{"data":${data},"meta":{"attribution":${JSON.stringify(attributionOf(value))}`;
  const text = json.length < SHARED_FROM ? asBytes(json) : Buffer.from(json);
  if (isOfMany(report.cache)) beginnings.set(value, { text, by: present });
  return text;
};

const isOfMany = (cache: CacheReport): boolean =>
  cache.status === 'hit' || (cache.status === 'miss' && cache.collapsed);

/** Maps require attribution; cells belong to their owner, and straight-line distances to nobody. */
const attributionOf = (value: object): string | null =>
  'attribution' in value && typeof value.attribution === 'string' && value.attribution !== ''
    ? value.attribution
    : null;
