import { amount, flag, oneOf, orNull, shaped, unfit, type Checks } from './checks.ts';
import { faultModes, type Fault, type FaultMode } from './faults.ts';
import { defaultLimits, windowNames, type Limits } from './quota.ts';
import { isRecord, providerNames, type ProviderName } from './stand-in.ts';

/** Limits to change; null removes one. */
export type QuotaPatch = { readonly [Name in keyof Limits]?: number | null };

/** The body of `POST /__control`. Without `provider`, it applies to all of them. */
export type ControlPatch = {
  /** Carried out first: resets counters, quotas, faults, latency, clock and remembered requests. */
  readonly reset?: boolean;
  readonly provider?: ProviderName;
  readonly latency_ms?: number;
  /** For the next `count` calls of each provider separately; null cancels it. */
  readonly fail_next?: {
    readonly count: number;
    readonly mode: FaultMode;
    readonly retry_after_s?: number;
  } | null;
  /** For every call from now on; null ends it. */
  readonly mode?: FaultMode | null;
  /** Used with `mode`. */
  readonly retry_after_s?: number;
  /** null removes every limit. */
  readonly quota?: QuotaPatch | null;
  /** Stops the clock of quotas and counters at this epoch time; null lets it run again. */
  readonly clock_ms?: number | null;
};

export type ProviderSettings = {
  latencyMs: number;
  failNext: { remaining: number; readonly fault: Fault } | undefined;
  mode: Fault | undefined;
  limits: Limits;
};
export type Settings = Readonly<Record<ProviderName, ProviderSettings>>;

export const freshSettings = (): Settings =>
  Object.fromEntries(
    providerNames.map((name): [ProviderName, ProviderSettings] => [
      name,
      { latencyMs: 0, failNext: undefined, mode: undefined, limits: defaultLimits[name] },
    ]),
  ) as Record<ProviderName, ProviderSettings>;

const faultOf = (mode: FaultMode, retryAfterSeconds: number | undefined): Fault => ({
  mode,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

const patchedLimits = (limits: Limits, patch: QuotaPatch | null): Limits => {
  if (patch === null) return {};
  const merged = Object.entries({ ...limits, ...patch }).filter(([, limit]) => limit !== null);
  return Object.fromEntries(merged) as Limits;
};

/** Changes the settings in place. `reset` and `clock_ms` concern the whole sandbox and are handled elsewhere. */
export const applyPatch = (settings: Settings, patch: ControlPatch): void => {
  for (const name of patch.provider === undefined ? providerNames : [patch.provider]) {
    const own = settings[name];
    if (patch.latency_ms !== undefined) own.latencyMs = patch.latency_ms;
    if (patch.fail_next !== undefined) {
      const next = patch.fail_next;
      own.failNext = next
        ? { remaining: next.count, fault: faultOf(next.mode, next.retry_after_s) }
        : undefined;
    }
    if (patch.mode !== undefined)
      own.mode = patch.mode ? faultOf(patch.mode, patch.retry_after_s) : undefined;
    if (patch.quota !== undefined) own.limits = patchedLimits(own.limits, patch.quota);
  }
};

/** The settings in the form of the patch that would set them. */
export const shownSettings = (settings: Settings): Readonly<Record<ProviderName, ControlPatch>> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, { latencyMs, failNext, mode, limits }]): [string, ControlPatch] => [
      name,
      {
        latency_ms: latencyMs,
        fail_next: failNext && failNext.remaining > 0 ? shownNext(failNext) : null,
        mode: mode?.mode ?? null,
        ...(mode?.retryAfterSeconds === undefined ? {} : { retry_after_s: mode.retryAfterSeconds }),
        quota: limits,
      },
    ]),
  ) as Record<ProviderName, ControlPatch>;

const shownNext = ({
  remaining,
  fault,
}: NonNullable<ProviderSettings['failNext']>): NonNullable<ControlPatch['fail_next']> => ({
  count: remaining,
  mode: fault.mode,
  ...(fault.retryAfterSeconds === undefined ? {} : { retry_after_s: fault.retryAfterSeconds }),
});

/** The fault set for this call; consumes one of `fail_next`. */
export const nextFault = (own: ProviderSettings): Fault | undefined => {
  const { failNext } = own;
  if (!failNext || failNext.remaining <= 0) return own.mode;
  failNext.remaining -= 1;
  return failNext.fault;
};

const fields: Checks = {
  reset: flag,
  provider: oneOf(providerNames),
  latency_ms: amount,
  fail_next: orNull(
    shaped({ count: amount, mode: oneOf(faultModes), retry_after_s: amount }, ['count', 'mode']),
  ),
  mode: orNull(oneOf(faultModes)),
  retry_after_s: amount,
  quota: orNull(shaped(Object.fromEntries(windowNames.map((name) => [name, orNull(amount)])))),
  clock_ms: orNull(amount),
};

/**
 * The patch, or a description of the error. Unknown fields are refused, so that a typing error is not taken for a fault
 * that was set.
 */
export const readPatch = (
  value: unknown,
): { readonly patch: ControlPatch } | { readonly problem: string } => {
  if (!isRecord(value)) return { problem: 'a JSON object is expected' };
  const wrong = unfit(fields, value);
  return wrong.length > 0
    ? { problem: `unknown or invalid: ${wrong.join(', ')}` }
    : { patch: value as ControlPatch };
};
