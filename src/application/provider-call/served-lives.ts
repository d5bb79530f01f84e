import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { Served } from './call.ts';
import type { AnswerLives, Operation } from './operation.ts';

/**
 * Of an answer out of several services, each one's licence holds. Undefined where one of them is not there any more:
 * nobody knows what its licence was.
 */
export const livesOf = <Req, Res>(
  operation: Operation<Req, Res>,
  plan: ProviderPlan,
  { service, alsoFrom = [], value }: Served<Res>,
  provisional: boolean,
): AnswerLives | undefined => {
  const sources = new Set([service.id, ...alsoFrom]);
  const from = plan.services.filter(({ id }) => sources.has(id));
  if (from.length < sources.size) return undefined;
  const [first, ...others] = from.map((one) => operation.lives(one, value, provisional));
  return first && others.reduce(stricter, first);
};

/** A licence may forbid to save any of it. */
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
