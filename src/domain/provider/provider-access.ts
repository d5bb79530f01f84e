import type { AsyncResult } from '../shared/fp.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ProviderError } from './provider-error.ts';

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
};

/** `free` tells whether the probe spends no quota at the provider; the monitor runs only free ones by itself. */
export type ProviderProbe = {
  readonly probe: (access: ProviderAccess) => AsyncResult<ProviderError, { readonly reachable: true }>;
  readonly probeIsFree: boolean;
};
