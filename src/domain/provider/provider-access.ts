import type { AsyncResult } from '../shared/fp.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ProviderError } from './provider-error.ts';

/** Providers that count calls by account count these apart. */
export const callKinds = ['reads', 'writes'] as const;
export type CallKind = (typeof callKinds)[number];

/**
 * The account in whose name a provider is called, where the provider counts its calls whichever tenant they are for.
 */
export type AccountCalls = {
  /**
   * One call beside the one that an access was given for. Waits for its place as long as `within` has time; on the
   * left nothing is counted, and nothing may be sent.
   */
  readonly another: (
    kind: CallKind,
    within: Pick<ProviderAccess, 'signal' | 'timeoutMs'>,
  ) => AsyncResult<ProviderError, void>;
  /** The provider has refused a call of this kind for its quota: for so long it is not worth sending one. */
  readonly refused: (kind: CallKind, retryAfterMs: number) => void;
};

/** What an adapter needs to reach a provider for one tenant, secrets opened, for one attempt only. */
export type ProviderAccess = {
  readonly tenantId: TenantId;
  readonly serviceId: string;
  /** Without trailing slash; undefined: the adapter's default. */
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  /** JSON text of the service's credentials document, such as a service-account key. */
  readonly credentials: string | undefined;
  readonly config: JsonObject;
  /** Aborts when the caller's deadline is over. */
  readonly signal: AbortSignal;
  /** Milliseconds this attempt may take in all, connect included. */
  readonly timeoutMs: number;
  readonly traceparent?: string;
  /** Left out where nobody counts. */
  readonly account?: AccountCalls;
};

/** `free` tells whether the probe spends no quota at the provider; the monitor runs only free ones by itself. */
export type ProviderProbe = {
  readonly probe: (access: ProviderAccess) => AsyncResult<ProviderError, { readonly reachable: true }>;
  readonly probeIsFree: boolean;
};
