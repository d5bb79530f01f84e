import type { Counts, Exposition } from '../telemetry/pooled-metrics.ts';

/** Messages between primary and workers. Both are this program, started from the same files. */
export type ToWorker =
  | { readonly kind: 'leave' }
  | { readonly kind: 'stop' }
  /** Send your metrics. */
  | { readonly kind: 'count' }
  | { readonly kind: 'exposition'; readonly exposition: Exposition };

export type ToPrimary =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'counts'; readonly counts: Counts }
  /** My event loop is alive. */
  | { readonly kind: 'beat' }
  /** Somebody asked me for the metrics of all workers. */
  | { readonly kind: 'expose' };

const isOneOf = (message: unknown, kinds: readonly string[]): boolean =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  kinds.includes(String(message.kind));

export const isToWorker = (message: unknown): message is ToWorker =>
  isOneOf(message, ['leave', 'stop', 'count', 'exposition']);
export const isToPrimary = (message: unknown): message is ToPrimary =>
  isOneOf(message, ['ready', 'counts', 'beat', 'expose']);
