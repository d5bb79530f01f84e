import { SlidingLog } from './sliding-log.ts';
import type { ProviderName } from './stand-in.ts';

const windows = { per_second: 1_000, per_minute: 60_000, per_hour: 3_600_000, per_day: 86_400_000 } as const;
export type WindowName = keyof typeof windows;
export const windowNames = Object.keys(windows) as readonly WindowName[];

/** Limits by trailing window; a missing one means no limit. */
export type Limits = Readonly<Partial<Record<WindowName, number>>>;

/**
 * The limits that the providers publish: Google 3,000 calls a minute and as many matrix elements at Routes, 60,000 at
 * the legacy matrix; Yandex 50 calls a second and 1,000 a day (here a trailing day, which is stricter).
 */
export const defaultLimits: Readonly<Record<ProviderName, Limits>> = {
  google: { per_minute: 3_000 },
  'google-matrix': { per_minute: 60_000 },
  routes: { per_minute: 3_000 },
  yandex: { per_second: 50, per_day: 1_000 },
  'yandex-distance': { per_second: 50, per_day: 1_000 },
};

/** The providers whose quota counts matrix elements instead of calls. */
export const countsUnits: ReadonlySet<ProviderName> = new Set<ProviderName>(['google-matrix', 'routes']);

const mostKeys = 10_000;

/** Windows by provider and key. A call is counted in all windows or none; a refused call is not counted. */
export class QuotaBuckets {
  readonly #logs = new Map<string, Map<WindowName, SlidingLog>>();

  take(provider: ProviderName, key: string, cost: number, limits: Limits, now: number): boolean {
    const active = windowNames.filter((name) => limits[name] !== undefined);
    if (active.length === 0) return true;
    const logs = this.#logsOf(`${provider}|${key}`);
    const fits = active.every((name) => logOf(logs, name).total(now) + cost <= (limits[name] ?? 0));
    if (fits) for (const name of active) logOf(logs, name).add(now, cost);
    return fits;
  }

  reset(): void {
    this.#logs.clear();
  }

  #logsOf(bucket: string): Map<WindowName, SlidingLog> {
    const known = this.#logs.get(bucket);
    if (known) return known;
    if (this.#logs.size >= mostKeys) this.#logs.clear();
    const logs = new Map<WindowName, SlidingLog>();
    this.#logs.set(bucket, logs);
    return logs;
  }
}

const logOf = (logs: Map<WindowName, SlidingLog>, name: WindowName): SlidingLog => {
  const log = logs.get(name) ?? new SlidingLog(windows[name]);
  logs.set(name, log);
  return log;
};
