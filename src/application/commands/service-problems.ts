import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { fallbackProblem } from '../../domain/external-service/fallback-chain.ts';
import type { ServiceFields } from '../../domain/external-service/service-fields.ts';
import { isWrong, together, type InputProblem } from '../input-problem.ts';

type Draft = {
  readonly id: string;
  readonly fields: ServiceFields;
  /** Problems found while decoding. */
  readonly wrong: readonly InputProblem[];
  /** Problems of the service by itself. */
  readonly found: readonly InputProblem[];
};

/** All problems of a service, including those with its tenant's other stored services. */
export const serviceProblems = (
  { id, fields, wrong, found }: Draft,
  stored: readonly ExternalService[],
): readonly InputProblem[] => {
  const serviceType = isWrong(wrong, 'service_type') ? undefined : fields.serviceType;
  const broken = fallbackProblem({ ...fields, id, serviceType }, stored);
  const fallback = broken === undefined ? [] : [{ pointer: '/fallback_service_id', detail: broken }];
  return together(wrong, [...found, ...fallback]);
};
