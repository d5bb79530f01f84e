import type { IncomingHttpHeaders } from 'node:http';

export const providerNames = ['google', 'google-matrix', 'routes', 'yandex', 'yandex-distance'] as const;
/** `google` is geocoding, `google-matrix` the legacy Distance Matrix, `routes` its successor. */
export type ProviderName = (typeof providerNames)[number];

/** One request as seen by a simulated provider. */
export type Call = {
  readonly method: string;
  /** Percent-decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export const outcomes = [
  'ok',
  'no_match',
  'invalid',
  'denied',
  'over_quota',
  'server_error',
  'damaged',
  'dropped',
] as const;
/** What the caller received, as counted. `damaged`: an answer that cannot be read completely. */
export type Outcome = (typeof outcomes)[number];

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly outcome: Outcome;
};

/**
 * The failures that a service can report instead of an answer; each simulated provider has its own wording for them.
 */
export type Trouble =
  | 'no-key'
  | 'invalid-key'
  | 'expired-key'
  | 'not-enabled'
  | 'billing'
  | 'over-quota'
  | 'too-many-requests'
  | 'internal'
  | 'bad-gateway'
  | 'unavailable'
  | 'unknown-error'
  | 'error-in-200';

/** Errors of the caller, and swapped coordinates, which the real services answer without a warning. */
const marks = [
  'swapped_coordinates',
  'missing_language',
  'bad_lang_form',
  'missing_field_mask',
  'malformed',
] as const;
export type Mark = (typeof marks)[number];
export type Marker = (mark: Mark) => void;

export type StandIn = {
  readonly name: ProviderName;
  readonly serves: (method: string, path: string) => boolean;
  readonly keyOf: (call: Call) => string | undefined;
  /** What the provider bills: calls, or cells of a matrix. */
  readonly units: (call: Call) => number;
  readonly answer: (call: Call, mark: Marker) => Answer;
  readonly trouble: (kind: Trouble, call: Call) => Answer;
  /** The fixtures' answers for magic keys, by key. */
  readonly recorded: ReadonlyMap<string, Answer>;
};

/** The outcome under which each failure is counted. */
export const outcomeOf: Readonly<Record<Trouble, Outcome>> = {
  'no-key': 'denied',
  'invalid-key': 'denied',
  'expired-key': 'denied',
  'not-enabled': 'denied',
  billing: 'denied',
  'over-quota': 'over_quota',
  'too-many-requests': 'over_quota',
  internal: 'server_error',
  'bad-gateway': 'server_error',
  unavailable: 'server_error',
  'unknown-error': 'server_error',
  'error-in-200': 'server_error',
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
