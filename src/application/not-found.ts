/** Nothing of that id in this tenant; also said of another tenant's things. */
export type NotFound = {
  readonly kind: 'not-found';
  readonly what: 'service' | 'log' | 'cache-entry' | 'token' | 'webhook' | 'delivery' | 'replay';
};

export const notFound = (what: NotFound['what']): NotFound => ({ kind: 'not-found', what });
