import * as t from 'io-ts';
import { isLeft, map, type Either } from '../../domain/shared/fp.ts';
import { throughJson, type Json, type JsonObject } from '../../domain/shared/json.ts';
import type { AnswerCodec } from '../once-only.ts';
import { attemptWith, money } from './attempt-codec.ts';
import type { Answered } from './complete-operation.ts';
import type { CallReport } from './call-report.ts';

const keptReport = t.intersection([
  // Outcomes are any text here: another version of the service may have stored one that this version does not know.
  t.type({ logId: t.string, attempts: t.array(attemptWith(t.string)), cost: money }),
  t.partial({ provider: t.string, serviceId: t.string, serviceName: t.string }),
]);
const kept = t.type({ value: t.unknown, report: keptReport });

type Kept = Pick<CallReport, 'logId' | 'provider' | 'serviceId' | 'serviceName' | 'attempts' | 'cost'>;

/**
 * How an idempotency key stores the answer of a call: the value, its cost, the providers asked and the id of its audit
 * row. Quota windows and timings belong to the moment, so a repeat does not get any.
 */
export const answeredCodec = <Value>(
  encodeValue: (value: Value) => Json,
  decodeValue: (kept: unknown) => Either<unknown, Value>,
): AnswerCodec<Answered<Value>> => ({
  encode: ({ value, report }) => ({ value: encodeValue(value), report: keptOf(report) }),
  decode: (stored) => {
    const read = kept.decode(stored);
    if (isLeft(read)) return read;
    const report = reportFrom(read.right.report as Kept);
    return map((value: Value) => ({ value, report }))(decodeValue(read.right.value));
  },
});

const keptOf = ({ logId, provider, serviceId, serviceName, attempts, cost }: CallReport): JsonObject =>
  throughJson({ logId, provider, serviceId, serviceName, attempts, cost } satisfies Kept);

const reportFrom = ({ logId, provider, serviceId, serviceName, attempts, cost }: Kept): CallReport => ({
  logId,
  provider,
  serviceId,
  serviceName,
  attempts,
  cost,
  cache: { status: 'bypass', key: undefined },
  windows: [],
  timings: { cache: 0, quota: 0, provider: 0, journal: 0, total: 0 },
});
