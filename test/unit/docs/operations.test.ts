import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { rules } from '../../../scripts/ops/observability/expressions.ts';
import { configFrom } from '../../../src/infrastructure/config/config.ts';
import { definedMetrics } from '../../support/metric-names.ts';

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
/** As GitHub makes them. */
const anchors = headings.map((heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-'),
);
const alerts = rules().flatMap(({ alert, annotations }) =>
  alert === undefined ? [] : [{ alert, annotations }],
);

describe('page of operations', () => {
  it('describes every metric that the service has, and none besides', () => {
    const described = [...page.matchAll(/^\| `(integration_[a-z_]+)`/gm)].map(([, name = '']) => name);
    expect(described.filter((name, index) => described.indexOf(name) < index)).to.deep.equal([]);
    expect(described.toSorted()).to.deep.equal(definedMetrics());
  });

  it('has a section for every alert, where the alert says it is, and for no other', () => {
    expect(headings.filter((heading) => /^Integration[A-Z]\w+$/.test(heading)).toSorted()).to.deep.equal(
      alerts.map(({ alert }) => alert).toSorted(),
    );
    for (const { alert, annotations } of alerts)
      expect(annotations?.['runbook'], alert).to.equal(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('tells each alert what it is and whom it wakes', () => {
    for (const { alert, annotations } of alerts) {
      expect(annotations, alert).to.include.keys('summary', 'description', 'runbook');
      expect(rules().find((rule) => rule.alert === alert)?.labels?.['severity'], alert).to.match(
        /^(page|ticket)$/,
      );
    }
  });

  it('leads nowhere into the void', () => {
    const wanted = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(wanted.length).to.be.greaterThan(10);
    expect(wanted.filter((anchor) => !anchors.includes(anchor))).to.deep.equal([]);
  });

  it('speaks of no variable that does not exist', () => {
    const known = new Set<string>();
    configFrom(new Proxy({}, { get: (_, name) => void known.add(String(name)) }));
    const spokenOf = [...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(
      ([, name = '']) => name,
    );
    expect(spokenOf.filter((name) => !known.has(name))).to.deep.equal([]);
  });
});
