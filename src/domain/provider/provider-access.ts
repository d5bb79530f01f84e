import type { AsyncResult } from '../shared/fp.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ProviderError } from './provider-error.ts';

/** Providers that count calls by account count reads and writes separately. */
export const callKinds = ['reads', 'writes'] as const;
export type CallKind = (typeof callKinds)[number];

/** The account under which a provider is called, where the provider counts its calls across all tenants. */
export type AccountCalls = {
  /**
   * Takes quota for one extra call beside the one that the access was granted for. Waits for a place as long as
   * `within` allows. Left: nothing was counted, and nothing may be sent.
   */
  readonly another: (
    kind: CallKind,
    within: Pick<ProviderAccess, 'signal' | 'timeoutMs'>,
  ) => AsyncResult<ProviderError, void>;
  /**
   * The provider refused a call of this kind for its quota; further ones are pointless for `retryAfterMs` milliseconds.
   */
  readonly refused: (kind: CallKind, retryAfterMs: number) => void;
};

/** Everything an adapter needs to call a provider for one tenant, secrets decrypted. Valid for one attempt only. */
export type ProviderAccess = {
  readonly tenantId: TenantId;
  readonly serviceId: string;
  /** Without a trailing slash; undefined: the adapter's default. */
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  /** JSON text of the service's credentials document, such as a service-account key. */
  readonly credentials: string | undefined;
  readonly config: JsonObject;
  /** Aborts when nobody waits for this call any more or its deadline has passed. */
  readonly signal: AbortSignal;
  /** Milliseconds for this attempt in all, including the connect. */
  readonly timeoutMs: number;
  readonly traceparent?: string;
  /** Absent where the provider does not count by account. */
  readonly account?: AccountCalls;
};

/** A health probe. `probeIsFree`: it uses no quota at the provider; the monitor runs only free probes by itself. */
export type ProviderProbe = {
  readonly probe: (access: ProviderAccess) => AsyncResult<ProviderError, { readonly reachable: true }>;
  readonly probeIsFree: boolean;
};
