import { ThresholdsMode, ThresholdsConfigBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  TooltipDisplayMode,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Names of units defined by Grafana. */
export type Unit = 'reqps' | 'cps' | 's' | 'percentunit' | 'short' | 'bytes' | 'none' | 'bool_on_off';

/** Expression and legend. */
export type Query = readonly [expression: string, legend: string];

type Look = {
  readonly title: string;
  /** What the panel tells an operator; shown on hovering. */
  readonly about: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
};

/** Selected on each dashboard, so that one file works in every Grafana. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

const WIDTH = 24;
const REF_IDS = 'ABCDEFGH';

const targets = (queries: readonly Query[]): DataqueryBuilder[] =>
  queries.map(([expression, legend], index) =>
    new DataqueryBuilder()
      .refId(REF_IDS[index] ?? '')
      .expr(expression)
      .legendFormat(legend)
      .datasource(DATASOURCE),
  );

/** Lines over time; `stacked` for parts of a whole. */
export const graph = ({
  title,
  about,
  unit,
  queries,
  stacked = false,
  perRow = 3,
}: Look & { readonly stacked?: boolean; readonly perRow?: 1 | 2 | 3 | 4 }): GraphBuilder =>
  new GraphBuilder()
    .title(title)
    .description(about)
    .datasource(DATASOURCE)
    .unit(unit)
    .min(0)
    .span(WIDTH / perRow)
    .height(8)
    .fillOpacity(stacked ? 30 : 8)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .targets(targets(queries));

/** Each colour applies from its value upwards; the first one has no lower bound. */
export type Steps = readonly (readonly [from: number | null, color: 'green' | 'orange' | 'red' | 'blue'])[];

/** A panel with a single figure. */
export const figure = ({
  title,
  about,
  unit,
  queries,
  steps = [[null, 'blue']],
  perRow = 6,
}: Look & { readonly steps?: Steps; readonly perRow?: 3 | 4 | 6 }): StatBuilder =>
  new StatBuilder()
    .title(title)
    .description(about)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(WIDTH / perRow)
    .height(4)
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(steps.map(([value, color]) => ({ value, color }))),
    )
    .targets(targets(queries));
