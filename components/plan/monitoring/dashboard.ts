import { type Series, seriesOf } from "./series";

/** Grafana's names of units; those that are used. */
export type Unit = "short" | "bytes" | "percentunit" | "s" | "currencyUSD" | "ops" | "mbytes" | "percent" | "Bps";

/** One line of a panel, or several that differ in a label. */
export interface Query {
  readonly expression: (series: Series) => string;
  /** `{{label}}` stands for a label's value. */
  readonly legend: string;
}

/** A panel, before it has a place. */
export interface PanelPlan {
  readonly title: string;
  /** What a reader should know who sees it for the first time. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** One number, a curve, or curves on top of each other. */
  readonly kind: "number" | "curves" | "stack";
}

/** A dashboard, before it is Grafana's. */
export interface DashboardPlan {
  /** Of the dashboard in Grafana, and of its file; never changes. */
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelPlan[] }[];
}

/** As Grafana reads it from a file. Only what is written here is set; the rest is Grafana's default. */
export interface GrafanaDashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly Readonly<Record<string, unknown>>[] };
  readonly panels: readonly GrafanaPanel[];
}

/** A row's title, or a panel. */
export interface GrafanaPanel {
  readonly id: number;
  readonly type: "row" | "stat" | "timeseries";
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly [setting: string]: unknown;
}

const datasource = { type: "prometheus", uid: "${datasource}" };
/** Grafana's width, in its own columns. */
const fullWidth = 24;
const sizes = { number: { w: 4, h: 4 }, curves: { w: 8, h: 8 }, stack: { w: 8, h: 8 } };

/** Series of the clusters that are chosen above the dashboard; those without the label are there with `All`. */
const chosen = ['ray_io_cluster=~"$cluster"'];
const chosenSeries = seriesOf({ ray: chosen, autoscaler: chosen, agent: chosen });

const templating = {
  list: [
    { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
    {
      name: "cluster",
      label: "Cluster",
      type: "query",
      datasource,
      query: { query: "label_values(ray_node_cpu_count, ray_io_cluster)", refId: "cluster" },
      refresh: 2,
      sort: 1,
      multi: true,
      includeAll: true,
      allValue: ".*",
      current: { text: "All", value: "$__all" },
    },
  ],
};

type Place = GrafanaPanel["gridPos"];

function grafanaPanel({ title, description, unit, queries, kind }: PanelPlan, id: number, gridPos: Place): GrafanaPanel {
  const curves = { fillOpacity: kind === "stack" ? 30 : 5, showPoints: "never", stacking: { mode: kind === "stack" ? "normal" : "none" } };
  return {
    id,
    type: kind === "number" ? "stat" : "timeseries",
    title,
    description,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit, ...(kind === "number" ? {} : { min: 0, custom: curves }) }, overrides: [] },
    targets: queries.map(({ expression, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource,
      expr: expression(chosenSeries),
      legendFormat: legend,
      ...(kind === "number" ? { instant: true } : {}),
    })),
  };
}

/** From left to right, and on to the next line where one is full. */
function placed(
  panels: readonly PanelPlan[],
  firstId: number,
  top: number,
): { readonly panels: readonly GrafanaPanel[]; readonly bottom: number } {
  let [x, y, lineHeight] = [0, top, 0];
  const placedPanels = panels.map((panel, index) => {
    const { w, h } = sizes[panel.kind];
    if (x + w > fullWidth) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const place = { x, y, w, h };
    x += w;
    lineHeight = Math.max(lineHeight, h);
    return grafanaPanel(panel, firstId + index, place);
  });
  return { panels: placedPanels, bottom: y + lineHeight };
}

/** The dashboard as a file for Grafana. Equal plans give equal text. */
export function grafanaDashboard({ uid, title, rows }: DashboardPlan): GrafanaDashboard {
  const panels: GrafanaPanel[] = [];
  let top = 0;
  for (const row of rows) {
    const id = panels.length + 1;
    panels.push({ id, type: "row", title: row.title, collapsed: false, gridPos: { x: 0, y: top, w: fullWidth, h: 1 }, panels: [] });
    const { panels: below, bottom } = placed(row.panels, id + 1, top + 1);
    panels.push(...below);
    top = bottom;
  }
  const common = { schemaVersion: 39, editable: true, refresh: "30s", time: { from: "now-3h", to: "now" } };
  return { uid, title, tags: ["ray", "rayfleet"], ...common, templating, panels };
}
