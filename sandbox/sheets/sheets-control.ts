import { amount, finite, flag, listOf, oneOf, orNull, shaped, unfit, type Checks } from '../checks.ts';
import { isRecord } from '../stand-in.ts';
import { callNames } from './routes.ts';
import {
  noFaults,
  seeded,
  sheetsFaultModes,
  type Chance,
  type FaultSettings,
  type SheetsFault,
} from './sheets-faults.ts';
import { defaultLimits, limitNames, type LimitName, type SheetsLimits } from './sheets-quota.ts';

/** The body of `POST /__control/sheets`. */
export type SheetsPatch = {
  /** Carried out first: resets everything, and removes spreadsheets, accounts and tokens. */
  readonly reset?: boolean;
  /** Delay of every answer, after the call was carried out. */
  readonly latency_ms?: number;
  /** The time between the choice of an append's row and its write. */
  readonly append_window_ms?: number;
  readonly fail_next?: (SheetsFault & { readonly count: number }) | null;
  readonly fail_always?: SheetsFault | null;
  /** Random faults, at most one for each call. */
  readonly fail_some?: { readonly seed?: number; readonly chances: readonly Chance[] } | null;
  /** Limits to change; null removes one, or all of them. */
  readonly quota?: { readonly [Name in LimitName]?: number | null } | null;
  readonly token_life_s?: number;
  /** How far the clock of the token endpoint is ahead. */
  readonly clock_skew_ms?: number;
  /** Errors also contain `errors[]`, as before 2023. */
  readonly legacy_errors?: boolean;
  /** Revokes the tokens of one account, or all: the next call with one gets 401. */
  readonly revoke_tokens?: string | true;
};

export type SheetsSettings = FaultSettings & {
  latencyMs: number;
  appendWindowMs: number;
  limits: SheetsLimits;
  tokenLifeSeconds: number;
  clockSkewMs: number;
  legacyErrors: boolean;
};

/** Long enough for concurrent calls to overlap, short enough for ten thousand of them in a row. */
const defaultWindowMs = 5;

export const freshSheetsSettings = (): SheetsSettings => ({
  ...noFaults(),
  latencyMs: 0,
  appendWindowMs: defaultWindowMs,
  limits: defaultLimits,
  tokenLifeSeconds: 3_599,
  clockSkewMs: 0,
  legacyErrors: false,
});

const patchedLimits = (limits: SheetsLimits, patch: NonNullable<SheetsPatch['quota']>): SheetsLimits =>
  Object.fromEntries(Object.entries({ ...limits, ...patch }).filter(([, limit]) => limit !== null));

const applyFaults = (settings: SheetsSettings, patch: SheetsPatch): void => {
  const { fail_next: next, fail_always: always, fail_some: some } = patch;
  if (next !== undefined) settings.failNext = next ? { remaining: next.count, fault: next } : undefined;
  if (always !== undefined) settings.failAlways = always ?? undefined;
  if (some !== undefined) {
    settings.failSome = some ? { chances: some.chances, random: seeded(some.seed ?? 1) } : undefined;
  }
};

/** Changes the settings in place; `reset` and `revoke_tokens` concern more than settings and are handled elsewhere. */
export const applySheetsPatch = (settings: SheetsSettings, patch: SheetsPatch): void => {
  applyFaults(settings, patch);
  settings.latencyMs = patch.latency_ms ?? settings.latencyMs;
  settings.appendWindowMs = patch.append_window_ms ?? settings.appendWindowMs;
  settings.tokenLifeSeconds = patch.token_life_s ?? settings.tokenLifeSeconds;
  settings.clockSkewMs = patch.clock_skew_ms ?? settings.clockSkewMs;
  settings.legacyErrors = patch.legacy_errors ?? settings.legacyErrors;
  if (patch.quota !== undefined) {
    settings.limits = patch.quota ? patchedLimits(settings.limits, patch.quota) : {};
  }
};

/**
 * The settings in the form of the patch that would set them; a chance is shown without its seed, which has been used.
 */
export const shownSheetsSettings = (settings: SheetsSettings): SheetsPatch => {
  const { failNext, failAlways, failSome } = settings;
  return {
    latency_ms: settings.latencyMs,
    append_window_ms: settings.appendWindowMs,
    fail_next: failNext && failNext.remaining > 0 ? { ...failNext.fault, count: failNext.remaining } : null,
    fail_always: failAlways ?? null,
    fail_some: failSome ? { chances: failSome.chances } : null,
    quota: settings.limits,
    token_life_s: settings.tokenLifeSeconds,
    clock_skew_ms: settings.clockSkewMs,
    legacy_errors: settings.legacyErrors,
  };
};

const fault: Checks = {
  mode: oneOf(sheetsFaultModes),
  methods: listOf(oneOf(callNames)),
  retry_after_s: amount,
};
const chance = shaped({ ...fault, probability: (value) => amount(value) && Number(value) <= 1 }, [
  'mode',
  'probability',
]);

const fields: Checks = {
  reset: flag,
  latency_ms: amount,
  append_window_ms: amount,
  fail_next: orNull(shaped({ ...fault, count: amount }, ['mode', 'count'])),
  fail_always: orNull(shaped(fault, ['mode'])),
  fail_some: orNull(shaped({ seed: amount, chances: listOf(chance) }, ['chances'])),
  quota: orNull(shaped(Object.fromEntries(limitNames.map((name) => [name, orNull(amount)])))),
  token_life_s: amount,
  clock_skew_ms: finite,
  legacy_errors: flag,
  revoke_tokens: (value) => value === true || typeof value === 'string',
};

/** Throws a TypeError if the patch is invalid, so that a typing error is not taken for a fault that was set. */
export const readSheetsPatch = (value: unknown): SheetsPatch => {
  if (!isRecord(value)) throw new TypeError('a JSON object is expected');
  const wrong = unfit(fields, value);
  if (wrong.length > 0) throw new TypeError(`unknown or invalid: ${wrong.join(', ')}`);
  return value as SheetsPatch;
};
