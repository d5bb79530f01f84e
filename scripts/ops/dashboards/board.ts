import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, type figure, type graph } from './panels.ts';

export type Row = {
  readonly title: string;
  readonly panels: readonly ReturnType<typeof graph | typeof figure>[];
};

const TAG = 'integration-service';

/** `name` is the file name and the address in Grafana, so that links to it remain valid. */
export const board = (name: string, title: string, about: string, rows: readonly Row[]): Dashboard => {
  const builder = new DashboardBuilder(title)
    .uid(name)
    .description(about)
    .tags([TAG])
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('Integration Service')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(valuesOf('service'))
    .withVariable(valuesOf('operation'));
  for (const { title: rowTitle, panels } of rows) {
    builder.withRow(new RowBuilder(rowTitle));
    for (const panel of panels) builder.withPanel(panel);
  }
  return builder.build();
};

/** All values of a label of calls. Both labels have closed sets of values, so the lists stay short. */
const valuesOf = (label: 'service' | 'operation'): QueryVariableBuilder =>
  new QueryVariableBuilder(label)
    .label(label === 'service' ? 'Service' : 'Operation')
    .datasource(DATASOURCE)
    .query(`label_values(integration_requests_total, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
