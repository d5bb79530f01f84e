import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { cachePerformance } from './dashboards/cache-performance.ts';
import { costTracking } from './dashboards/cost-tracking.ts';
import { overview } from './dashboards/overview.ts';
import { rateLimits } from './dashboards/rate-limits.ts';

const RULES = new URL('../../ops/prometheus/rules.yml', import.meta.url);

/** The same rules for the Prometheus operator, which requires them in an object of its own kind. */
const prometheusRule = (): string => {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as { readonly groups: unknown };
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'integration-service' },
    spec: { groups },
  };
  return `# Made from ops/prometheus/rules.yml by npm run ops-files.\n${stringify(rule, { lineWidth: 0 })}`;
};

/** The generated text by path below ops/. A test compares it with the files there. */
export const madeFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ...[overview(), cachePerformance(), rateLimits(), costTracking()].map((dashboard): [string, string] => [
      `grafana/dashboards/${dashboard.uid}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
    ['kubernetes/components/monitoring/prometheus-rule.yaml', prometheusRule()],
  ]);
