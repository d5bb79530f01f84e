import type { CallError } from '../../domain/provider/provider-error.ts';
import { isRight, left, right, type Either } from '../../domain/shared/fp.ts';
import type { Money } from '../../domain/shared/money.ts';
import type { CallLedger } from './call-ledger.ts';
import type { CacheReport, CallReport } from './call-report.ts';
import type { Call, Served } from './call.ts';
import type { CompletedCall } from './complete-operation.ts';
import type { Operation } from './operation.ts';
import { mayBeSaved } from './served-lives.ts';

/** What a use case gets of a call whose row is committed: the answer or the failure, with the report of how it went. */
export const completedCall = <Req, Res>(
  operation: Operation<Req, Res>,
  { ledger, plan }: Pick<Call<Req>, 'ledger' | 'plan'>,
  result: Either<CallError, Served<Res>>,
  cost: Money,
): Awaited<CompletedCall<Res>> => {
  if (isRight(result))
    return right({
      value: result.right.value,
      report: {
        ...reportOf(ledger, result.right, cost),
        ...(!mayBeSaved(operation, plan, result.right) && { isWithheld: true }),
      },
    });
  const report = reportOf(ledger, undefined, cost);
  const isForwarded = result.left.kind !== 'not-cached';
  return left({
    kind: 'failed-call',
    error: result.left,
    report: isForwarded ? report : { ...report, cache: NOT_FORWARDED },
  });
};

const NOT_FORWARDED: CacheReport = {
  status: 'miss',
  reason: 'cold',
  collapsed: false,
  stored: false,
  key: '',
  isForwarded: false,
};

const reportOf = (ledger: CallLedger, served: Served<unknown> | undefined, cost: Money): CallReport => ({
  logId: ledger.logId,
  provider: served?.service.provider,
  serviceId: served?.service.id,
  serviceName: served?.service.serviceName,
  cache: served?.cache ?? missOf(ledger),
  attempts: ledger.attempts,
  ...(ledger.mayComeAgain && { mayComeAgain: true }),
  cost,
  windows: ledger.windows,
  timings: ledger.timings,
});

/** A failed call counts as a miss, unless it never looked into the cache. */
const missOf = ({ missReason }: CallLedger): CacheReport =>
  missReason === undefined
    ? { status: 'bypass', key: undefined }
    : { status: 'miss', reason: missReason, collapsed: false, stored: false, key: '' };
