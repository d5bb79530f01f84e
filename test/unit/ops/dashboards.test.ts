import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import {
  dashboardExpressions,
  dashboards,
  ruleExpressions,
  rules,
} from '../../../scripts/ops/observability/expressions.ts';
import { comparedParts, metricsOf, selectorsOf } from '../../../scripts/ops/observability/promql.ts';
import { madeFiles } from '../../../scripts/ops/made-files.ts';
import { definedMetrics } from '../../support/metric-names.ts';
import { prometheusTelemetry } from '../../../src/infrastructure/telemetry/prometheus-telemetry.ts';

describe('Dashboards and rules', () => {
  for (const [path, text] of madeFiles())
    it(`find ${path} as npm run ops-files makes it`, () => {
      expect(readFileSync(new URL(`../../../ops/${path}`, import.meta.url), 'utf8')).to.equal(text);
    });

  it('are the four dashboards of the brief', () => {
    expect(dashboards().map(({ title }) => title)).to.have.members([
      'Integration Overview',
      'Cache Performance',
      'Rate Limits',
      'Cost Tracking',
    ]);
  });

  it('ask for no metric that is not exposed or recorded', async () => {
    const ofNode = (await prometheusTelemetry(async () => []).registry.getMetricsAsJSON()).map(
      ({ name }) => name,
    );
    const exposed = [...definedMetrics(), ...ofNode];
    const recorded = rules().flatMap(({ record }) => record ?? []);
    const known = new Set(['up', ...exposed, ...recorded]);
    const unknown = [...ruleExpressions(), ...dashboardExpressions()].flatMap(({ where, text }) =>
      metricsOf(text)
        .map((name) => name.replace(/_bucket$/, ''))
        .filter((name) => !known.has(name))
        .map((name) => `${name} in ${where}`),
    );
    expect(unknown).to.deep.equal([]);
  });
});

describe('Reading PromQL', () => {
  it('finds what an alert compares, and leaves numbers out', () => {
    expect(comparedParts('sum(a) == 0 or absent(b{x="y"})')).to.deep.equal(['sum(a)', 'b{x="y"}']);
    expect(comparedParts('a > 14.4 * 0.005 and (b > c)')).to.deep.equal(['a', '14.4 * 0.005', 'b', 'c']);
    expect(comparedParts('sum(rate(a[5m])) / sum(b)')).to.deep.equal(['sum(rate(a[5m])) / sum(b)']);
  });

  it('finds every selector, with its range', () => {
    expect(selectorsOf('sum(rate(a{x="y"}[5m])) or vector(0) / b')).to.deep.equal(['a{x="y"}[5m]', 'b']);
    expect(metricsOf('sum(rate(a{x="y"}[5m])) / b')).to.deep.equal(['a', 'b']);
  });

  it('refuses what is no PromQL', () => {
    expect(() => selectorsOf('sum by (x) (a) >')).to.throw('not PromQL');
    expect(() => comparedParts('a * on (x) group_right (sum(b))')).to.throw('not PromQL');
  });
});
