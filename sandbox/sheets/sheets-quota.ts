import { SlidingLog } from '../sliding-log.ts';
import type { Account } from './accounts.ts';
import { errorInfo, Refusal } from './refusal.ts';

export const limitNames = [
  'reads_per_project',
  'reads_per_account',
  'writes_per_project',
  'writes_per_account',
] as const;
export type LimitName = (typeof limitNames)[number];

/** Limits a minute; a missing one means no limit. */
export type SheetsLimits = Readonly<Partial<Record<LimitName, number>>>;

export const defaultLimits: SheetsLimits = {
  reads_per_project: 300,
  reads_per_account: 60,
  writes_per_project: 300,
  writes_per_account: 60,
};

const minuteMs = 60_000;
const service = 'sheets.googleapis.com';

export const quotaRefusal = (
  kind: 'read' | 'write',
  of: 'project' | 'account',
  projectNumber: string,
): Refusal => {
  const name = kind === 'read' ? 'Read' : 'Write';
  const limit = `${name} requests per minute${of === 'account' ? ' per user' : ''}`;
  const message =
    `Quota exceeded for quota metric '${name} requests' and limit '${limit}' of service '${service}' ` +
    `for consumer 'project_number:${projectNumber}'.`;
  return new Refusal('RESOURCE_EXHAUSTED', message, [
    errorInfo('RATE_LIMIT_EXCEEDED', {
      consumer: `projects/${projectNumber}`,
      quota_limit: `${name}RequestsPerMinutePer${of === 'account' ? 'User' : 'Project'}`,
      quota_metric: `${service}/${kind}_requests`,
      service,
    }),
  ]);
};

/** Reads and writes by account and by project, in any trailing minute. A refused call is not counted. */
export class SheetsQuota {
  readonly #logs = new Map<string, SlidingLog>();

  /** Throws the 429 of the first limit that is reached. */
  take(kind: 'read' | 'write', account: Account, limits: SheetsLimits, now: number): void {
    const { email, projectNumber } = account;
    const buckets = [
      { of: 'account', log: this.#log(`${kind}|account|${email}`), limit: limits[`${kind}s_per_account`] },
      {
        of: 'project',
        log: this.#log(`${kind}|project|${projectNumber}`),
        limit: limits[`${kind}s_per_project`],
      },
    ] as const;
    for (const { of, log, limit } of buckets) {
      if (limit !== undefined && log.total(now) >= limit) throw quotaRefusal(kind, of, projectNumber);
    }
    for (const { log } of buckets) log.add(now, 1);
  }

  reset(): void {
    this.#logs.clear();
  }

  #log(bucket: string): SlidingLog {
    const log = this.#logs.get(bucket) ?? new SlidingLog(minuteMs);
    this.#logs.set(bucket, log);
    return log;
  }
}
