import type { ProviderError } from './provider-error.ts';

/**
 * Converts the error of a step before a write. Errors that would leave the outcome of a write open become
 * `provider-unavailable`, because the write was certainly not sent.
 */
export const nothingSent = (error: ProviderError): ProviderError =>
  error.kind === 'provider-timeout' || error.kind === 'answer-not-understood'
    ? {
        kind: 'provider-unavailable',
        message: `${error.message}; nothing was sent`,
        ...(error.kind === 'provider-timeout' && { isOutOfTime: true }),
        ...(error.isShared && { isShared: true }),
      }
    : error;
