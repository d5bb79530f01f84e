import { cachePerformance } from './dashboards/cache-performance.ts';
import { costTracking } from './dashboards/cost-tracking.ts';
import { overview } from './dashboards/overview.ts';
import { rateLimits } from './dashboards/rate-limits.ts';

/** Text by path below ops/. A test compares it with what lies there. */
export const madeFiles = (): ReadonlyMap<string, string> =>
  new Map(
    [overview(), cachePerformance(), rateLimits(), costTracking()].map((dashboard) => [
      `grafana/dashboards/${dashboard.uid}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
