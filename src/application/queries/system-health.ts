/** One part this service leans on. `required`: without it the service is down rather than degraded. */
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

/** Asks one dependency; must answer within its own time limit and never reject. */
export type DependencyCheck = () => Promise<DependencyHealth>;

/** Anybody may ask, without a credential: all who ask at one time share one look, whatever it takes. */
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
