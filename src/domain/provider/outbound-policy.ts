import type { AsyncResult } from '../shared/fp.ts';

export type BaseUrlRefused = { readonly kind: 'base-url-refused'; readonly detail: string };

/**
 * Decides whether this service may send tenant traffic and keys to an address. Asked when it is stored and again when
 * connecting.
 */
export type OutboundPolicy = { readonly check: (baseUrl: string) => AsyncResult<BaseUrlRefused, void> };
