/** Health of one dependency. `required`: without it the service is down rather than degraded. */
export type DependencyHealth = {
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'down';
  readonly required: boolean;
  readonly detail?: string;
};
export type SystemHealth = {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly dependencies: readonly DependencyHealth[];
};

/** Checks one dependency. Must resolve within its own time limit and never reject. */
export type DependencyCheck = () => Promise<DependencyHealth>;

/** The endpoint needs no credential, so concurrent requests share one round of checks, whatever that costs. */
export const systemHealth = (checks: readonly DependencyCheck[]): (() => Promise<SystemHealth>) => {
  let underWay: Promise<SystemHealth> | undefined;
  return () =>
    (underWay ??= look(checks).finally(() => {
      underWay = undefined;
    }));
};

const look = async (checks: readonly DependencyCheck[]): Promise<SystemHealth> => {
  const dependencies = await Promise.all(checks.map((check) => check()));
  const down = dependencies.some((d) => d.required && d.status === 'down');
  const degraded = dependencies.some((d) => d.status !== 'ok');
  return { status: down ? 'down' : degraded ? 'degraded' : 'ok', dependencies };
};
