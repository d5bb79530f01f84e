import type { AsyncResult } from '../shared/fp.ts';

export type BaseUrlRefused = { readonly kind: 'base-url-refused'; readonly detail: string };

/**
 * Decides whether tenant traffic and keys may be sent to an address (SSRF protection). Checked when the address is
 * stored, and again on each connect.
 */
export type OutboundPolicy = { readonly check: (baseUrl: string) => AsyncResult<BaseUrlRefused, void> };
