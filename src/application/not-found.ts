/** This tenant has nothing of that id. The same is answered for an id of another tenant. */
export type NotFound = {
  readonly kind: 'not-found';
  readonly what: 'service' | 'log' | 'cache-entry' | 'token' | 'webhook' | 'delivery' | 'replay';
};

export const notFound = (what: NotFound['what']): NotFound => ({ kind: 'not-found', what });
