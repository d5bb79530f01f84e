import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { Served } from './call.ts';
import type { AnswerLives, Operation } from './operation.ts';

/** The services of the plan that contributed to an answer. */
export const sourcesOf = (
  { services }: ProviderPlan,
  { service, alsoFrom = [] }: Pick<Served<unknown>, 'service' | 'alsoFrom'>,
): ProviderPlan['services'] => services.filter(({ id }) => id === service.id || alsoFrom.includes(id));

/**
 * Lifetimes of an answer, the strictest of all contributing services. Undefined when one of these services no longer
 * exists, since its licence is then unknown.
 */
export const livesOf = <Req, Res>(
  operation: Operation<Req, Res>,
  plan: ProviderPlan,
  served: Served<Res>,
  provisional: boolean,
): AnswerLives | undefined => {
  const { service, alsoFrom = [], value } = served;
  const from = sourcesOf(plan, served);
  if (from.length < new Set([service.id, ...alsoFrom]).size) return undefined;
  const [first, ...others] = from.map((one) => operation.lives(one, value, provisional));
  return first && others.reduce(stricter, first);
};

/** Whether the licences of all contributing services allow the answer to be stored. */
export const mayBeSaved = <Req, Res>(
  operation: Operation<Req, Res>,
  plan: ProviderPlan,
  served: Served<Res>,
): boolean =>
  served.service.id === undefined || (livesOf(operation, plan, served, false)?.mayPersist ?? false);

const stricter = (a: AnswerLives, b: AnswerLives): AnswerLives => {
  const freshMs = Math.min(a.freshMs, b.freshMs);
  const keptMs = Math.min(a.freshMs + a.graceMs, b.freshMs + b.graceMs);
  return {
    l1Ms: Math.min(a.l1Ms, b.l1Ms),
    freshMs,
    graceMs: Math.max(0, keptMs - freshMs),
    mayPersist: a.mayPersist && b.mayPersist,
  };
};
