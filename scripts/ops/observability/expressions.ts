import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const OPS = new URL('../../../ops/', import.meta.url);

/** An expression and its place. */
export type Expression = { readonly where: string; readonly text: string };

export type Rule = {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

export const rulesFile = new URL('prometheus/rules.yml', OPS);

/** The files by which promtool tests the rules. */
export const ruleTestFiles: readonly URL[] = readdirSync(new URL('.', rulesFile))
  .filter((name) => name.endsWith('.test.yml'))
  .map((name) => new URL(name, rulesFile));

export const rules = (): readonly Rule[] =>
  (
    parse(readFileSync(rulesFile, 'utf8')) as { readonly groups: readonly { readonly rules: Rule[] }[] }
  ).groups.flatMap((group) => group.rules);

export const ruleExpressions = (): readonly Expression[] =>
  rules().map(({ record, alert, expr }) => ({ where: `rule ${record ?? alert}`, text: expr }));

type Panel = {
  readonly title?: string;
  readonly targets?: readonly { readonly expr?: string }[];
  readonly panels?: readonly Panel[];
};
type Variable = { readonly name: string; readonly type: string; readonly query?: string };
export type DashboardFile = {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};

export const dashboards = (): readonly DashboardFile[] => {
  const folder = new URL('grafana/dashboards/', OPS);
  return readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as DashboardFile,
  );
};

const panelsOf = ({ panels }: DashboardFile): readonly Panel[] =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);

/** Replaces variables as Grafana does when everything is selected, for a range of a few minutes. */
const filledIn = (text: string): string =>
  text
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '5m')
    .replaceAll(/\$(service|operation)\b/g, '.*');

export const dashboardExpressions = (): readonly Expression[] =>
  dashboards().flatMap((dashboard) =>
    panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) =>
        expr === undefined ? [] : [{ where: `${dashboard.title}: ${title}`, text: filledIn(expr) }],
      ),
    ),
  );
