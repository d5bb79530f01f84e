import type { ProviderError } from './provider-error.ts';

/** Of what came before a write, and failed in a way that would leave open whether the write was done: it was not. */
export const nothingSent = (error: ProviderError): ProviderError =>
  error.kind === 'provider-timeout' || error.kind === 'answer-not-understood'
    ? {
        kind: 'provider-unavailable',
        message: `${error.message}; nothing was sent`,
        ...(error.kind === 'provider-timeout' && { isOutOfTime: true }),
        ...(error.isShared && { isShared: true }),
      }
    : error;
