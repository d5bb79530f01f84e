import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { licenceLives, type LicensedOperation } from '../../../domain/provider/licence.ts';
import type { AnswerLives } from '../operation.ts';

/** Configured lifetimes of one operation's answers in milliseconds, before the provider's licence shortens them. */
export type OperationLives = {
  readonly l1Ms: number;
  readonly l2Ms: number;
  /** Lifetime of "no match" (negative caching). */
  readonly negativeMs: number;
  readonly graceMs: number;
};

/** The configured lifetimes, capped by what the provider's licence allows. */
export const answerLives = (
  { l1Ms, l2Ms, negativeMs, graceMs }: OperationLives,
  operation: LicensedOperation,
  service: Pick<ExternalService, 'provider' | 'config'>,
  isEmpty: boolean,
): AnswerLives => {
  const licence = licenceLives(service.provider, service.config, operation);
  const freshMs = Math.min(isEmpty ? negativeMs : l2Ms, licence.maxFreshMs);
  return {
    l1Ms: Math.min(l1Ms, freshMs),
    freshMs,
    graceMs: Math.max(0, Math.min(graceMs, licence.maxKeepMs - freshMs)),
    mayPersist: licence.mayPersist,
  };
};
