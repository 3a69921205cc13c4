import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Hold } from "../../../../autoscaler-agent/decide/tick/assess";
import type { BackendError } from "../../../../autoscaler-agent/nodeGroups/backend";
import { metricList } from "../../../../autoscaler-agent/report/metricList";
import { dashboardFiles } from "../../../../components/plan/monitoring/dashboards";
import * as metrics from "../../../../components/plan/monitoring/metrics";
import { alertGroups, ruleGroups } from "../../../../components/plan/monitoring/ruleGroups";
import { alertCases } from "./alertCases";

const root = join(__dirname, "../../../..");
const everySource = ["ray", "autoscaler", "agent", "operator", "objects"] as const;
const groups = ruleGroups({ sources: everySource, cluster: { ray: ['ray_io_cluster="demo"'] } });
const rules = groups.flatMap((group) => group.rules);

const known = new Map<string, readonly string[]>(
  [
    metrics.rayMetrics,
    metrics.unseenRayMetrics,
    metrics.autoscalerMetrics,
    metrics.agentMetrics,
    metrics.operatorMetrics,
    metrics.objectMetrics,
    metrics.gpuMetrics,
  ].flatMap((list) => list.map(({ name, labels }) => [name, labels] as const)),
);

/** Labels that Prometheus adds from what it scrapes. */
const targetLabels = ["namespace", "ray_io_cluster", "instance", "node"];

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: unknown }[];
}

const dashboards = Object.entries(dashboardFiles());
const panelsOf = (dashboard: { readonly panels: readonly object[] }) => dashboard.panels as readonly Panel[];
const panelQueries = dashboards.flatMap(([file, dashboard]) =>
  panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ where: `${file}: ${title}`, expr, legendFormat })),
  ),
);
const queries = [...rules.map(({ alert, expr }) => ({ where: alert, expr, legendFormat: "" })), ...panelQueries];

/** What PromQL itself knows, of what is used here. */
const words = [
  "sum",
  "max",
  "count",
  "group",
  "by",
  "on",
  "and",
  "or",
  "unless",
  "offset",
  "absent",
  "time",
  "rate",
  "increase",
  "delta",
  "resets",
  "m",
  "h",
  "s",
];
const functions = ["last_over_time", "histogram_quantile"];

/** Names that stand for series: what is left of an expression without matchers, lists of labels, and PromQL's words. */
function namesIn(expr: string): readonly string[] {
  const bare = expr.replaceAll(/\{[^}]*\}/g, "").replaceAll(/\b(by|on) \([^)]*\)/g, "");
  return (bare.match(/[A-Za-z_]\w*/g) ?? []).filter((word) => !words.includes(word) && !functions.includes(word));
}

function labelsIn(expr: string): readonly string[] {
  const matchers = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = ""]) =>
    [...inside.matchAll(/(\w+)(?:=|!)/g)].map(([, label = ""]) => label),
  );
  const lists = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, inside = ""]) => inside.split(", "));
  return [...matchers, ...lists];
}

describe("rules and dashboards", () => {
  it.each(queries)("read known metrics by labels that these have: $where", ({ expr, legendFormat }) => {
    const names = namesIn(expr);
    expect(names.length).toBeGreaterThan(0);
    const unknown = names.filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
    const labels = new Set([...targetLabels, ...names.flatMap((name) => known.get(name) ?? [])]);
    const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
    expect([...labelsIn(expr), ...legend].filter((label) => !labels.has(label))).toEqual([]);
  });

  it("read of the agent what it has", () => {
    const agents = new Map<string, readonly string[]>(metricList.map(({ name, labels }) => [name, labels]));
    for (const { name, labels } of [...metrics.agentMetrics, ...metrics.autoscalerMetrics]) {
      expect(agents.get(name.replace(/_bucket$/, "")), name).toEqual(expect.arrayContaining(labels.filter((label) => label !== "le")));
    }
  });

  it("read of Ray and its autoscaler what they were seen to serve", () => {
    const lines = readFileSync(join(root, "test/fixtures/rayHead.prom"), "utf8").split("\n");
    const series = lines.flatMap((line) => [/^(\w+)\{(.*)\} /.exec(line) ?? []]).filter(([whole]) => whole !== undefined);
    const seen = new Map(series.map(([, name = "", labels = ""]) => [name, [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)]));
    for (const { name, labels } of [...metrics.rayMetrics, ...metrics.autoscalerMetrics]) {
      expect(seen.get(name), name).toEqual(expect.arrayContaining([...labels]));
    }
    expect(metrics.unseenRayMetrics.filter(({ name }) => seen.has(name))).toEqual([]);
  });

  it("ask for reasons by the codes that the agent has", () => {
    // The compiler knows whether these are.
    const codes: readonly (Hold["code"] | BackendError["code"])[] = ["configuration-broken", "unauthorized", "misconfigured"];
    const asked = queries.flatMap(({ expr }) => [...expr.matchAll(/code=~?"([^"]*)"/g)].flatMap(([, list = ""]) => list.split("|")));
    expect(new Set(asked)).toEqual(new Set(codes));
  });

  it("leave no metric in the table that nobody reads", () => {
    const read = new Set(queries.flatMap(({ expr }) => namesIn(expr)));
    expect([...known.keys()].filter((name) => !read.has(name))).toEqual([]);
  });
});

describe("alerts", () => {
  const alerts = Object.values(alertGroups).flat();

  it("have a name of their own, a case that is tried, and a section that says what to do", () => {
    const names = alerts.map(({ alert }) => alert);
    const page = readFileSync(join(root, "docs/monitoring.md"), "utf8");
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !alertCases.some(({ alert }) => alert === name))).toEqual([]);
    expect(names.filter((name) => !page.includes(`### ${name}\n`))).toEqual([]);
    expect([...page.matchAll(/^### (R\w+|K\w+)$/gm)].map(([, name]) => name).sort()).toEqual([...names].sort());
  });

  it("name in their texts only labels that their expression keeps", () => {
    for (const { alert, expr, annotations } of rules) {
      const kept = expr.match(/^[^a-z]*(?:sum|max|count|min) by \(([^)]*)\)/)?.[1]?.split(", ") ?? [];
      const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      expect(kept, alert).toEqual(expect.arrayContaining(used));
    }
  });

  it("are there for what is scraped, and for nothing else", () => {
    expect(ruleGroups({ sources: ["ray"], cluster: {} }).map(({ name }) => name)).toEqual(["ray"]);
    const [ray] = ruleGroups({ sources: ["ray"], cluster: {}, leftOut: ["RayTasksFail"] });
    expect(ray?.rules.map(({ alert }) => alert)).not.toContain("RayTasksFail");
    expect(ruleGroups({ sources: [], cluster: {} })).toEqual([]);
  });

  it("lead to the page that is named", () => {
    const [group] = ruleGroups({ sources: ["agent"], cluster: {}, runbookUrl: "https://example.com/monitoring" });
    expect(group?.rules[0]?.annotations["runbook_url"]).toBe("https://example.com/monitoring#rayfleetagentsilent");
  });
});

describe.each(dashboards)("dashboard %s", (file, dashboard) => {
  const panels = panelsOf(dashboard);
  const shown = panels.filter(({ type }) => type !== "row");

  it("has the name of its file, and ids of its own", () => {
    expect(`${dashboard.uid}.json`).toBe(file);
    expect(dashboard.uid.length).toBeLessThanOrEqual(40);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it("says of each panel what it shows, in which unit, from where", () => {
    for (const { title, description, datasource, fieldConfig, targets } of shown) {
      expect(description, title).toMatch(/\.$/);
      expect(fieldConfig?.defaults.unit, title).toBeTruthy();
      expect(targets?.length, title).toBeGreaterThan(0);
      for (const source of [datasource, ...(targets ?? []).map((target) => target.datasource)]) {
        expect(source, title).toEqual({ type: "prometheus", uid: "${datasource}" });
      }
    }
  });

  it("lays no panel over another", () => {
    const taken = new Set<string>();
    for (const { gridPos, title } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`), title).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  it("is about the clusters that are chosen", () => {
    for (const { targets = [] } of shown) {
      for (const { expr } of targets) expect(expr).toContain('ray_io_cluster=~"$cluster"');
    }
  });
});
