import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { licenceLives, type LicensedOperation } from '../../../domain/provider/licence.ts';
import type { AnswerLives } from '../operation.ts';

/** How long answers of one operation live, before the provider's licence shortens it. Milliseconds. */
export type OperationLives = {
  readonly l1Ms: number;
  readonly l2Ms: number;
  /** Life of "no such place". */
  readonly negativeMs: number;
  readonly graceMs: number;
};

/** Ours, capped by what the provider allows to be kept. */
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
