import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { metricList } from "../../../../autoscaler-agent/report/metricList";
import { kubernetesSpecForm } from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planMonitoring } from "../../../../components/plan/kubernetes/planMonitoring";
import type { PodMonitorManifest } from "../../../../components/plan/kubernetes/planPodMonitors";
import type { PrometheusRuleManifest } from "../../../../components/plan/kubernetes/planPrometheusRules";
import { dashboardFiles } from "../../../../components/plan/monitoring/dashboards";
import { parseSpec } from "../../../../components/plan/parseSpec";
import type { KubernetesClusterSpec } from "../../../../contract/kubernetes/kubernetesClusterSpec";
import { freePort } from "../../../support/freePort";

const missing =
  spawnSync("prometheus", ["--version"]).error === undefined
    ? undefined
    : "prometheus is not on the PATH: Debian's package prometheus has it";

const root = join(__dirname, "../../../..");
const spec = specOf({
  platform: "kubernetes",
  autoscaler: "rayfleet",
  workerGroups: [{ groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 }],
  networkPolicy: { scrapers: [{ namespace: "monitoring" }] },
  monitoring: { gpu: {} },
});
const planned = planMonitoring(spec);

function specOf(input: object): KubernetesClusterSpec {
  const parsed = parseSpec(kubernetesSpecForm, input, { stackName: "demo" });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.problems));
}

/** What each kind of pod serves: a head that was recorded; the agent and dcgm-exporter by their lists, each series once with the value 1. */
const pages: Readonly<Record<string, string>> = {
  "demo-head": readFileSync(join(root, "test/fixtures/rayHead.prom"), "utf8"),
  "demo-worker": "",
  "demo-agent": metricList
    .flatMap(({ name, kind, labels }) => {
      const of = (...more: readonly string[]) =>
        [...labels.map((label) => `${label}="${label === "kind" ? "task" : "some"}"`), ...more].join(",");
      return kind === "histogram" ? [`${name}_bucket{${of('le="1"')}} 1`, `${name}_bucket{${of('le="+Inf"')}} 1`] : [`${name}{${of()}} 1`];
    })
    .join("\n"),
  "demo-gpu": ["GPU_UTIL", "FB_USED", "FB_FREE"].map((name) => `DCGM_FI_DEV_${name}{gpu="0"} 1`).join("\n"),
};

/** What Prometheus finds out about a pod of each monitor. */
const discovered = {
  __meta_kubernetes_pod_label_ray_io_cluster: "demo",
  __meta_kubernetes_pod_label_ray_io_group: "headgroup",
  __meta_kubernetes_pod_label_ray_io_node_type: "head",
  __meta_kubernetes_pod_label_app_kubernetes_io_instance: "demo",
  __meta_kubernetes_pod_node_name: "node-7",
  namespace: "ray",
};

/** A PodMonitor as the scrape configuration that Prometheus' operator makes of it, but for finding the pods: Debian's Prometheus does not know Kubernetes. */
function scrapeOf({ metadata, spec: { podMetricsEndpoints } }: PodMonitorManifest, target: string) {
  return {
    job_name: metadata.name,
    metrics_path: `/${metadata.name}`,
    static_configs: [{ targets: [target], labels: discovered }],
    relabel_configs: (podMetricsEndpoints[0]?.relabelings ?? []).map(({ sourceLabels, targetLabel, action }) => ({
      source_labels: sourceLabels,
      target_label: targetLabel,
      action,
    })),
  };
}

describe.skipIf(missing)(`a Prometheus that scrapes as the PodMonitors say${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-prometheus-"));
  let pods: Server;
  let prometheus: ChildProcess;
  let address = "";

  async function ask(path: string): Promise<unknown> {
    const reply = await fetch(`${address}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    return ((await reply.json()) as { data: unknown }).data;
  }

  async function query(
    expr: string,
  ): Promise<readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[]> {
    const { result } = (await ask(`query?query=${encodeURIComponent(expr)}`)) as { result: Awaited<ReturnType<typeof query>> };
    return result;
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let look = 0; look < 150; look += 1) {
      if (await holds().catch(() => false)) return;
      await sleep(200);
    }
    throw new Error(`${what}: not within 30 s`);
  }

  beforeAll(async () => {
    pods = createServer((request, reply) => reply.end(`${pages[request.url?.slice(1) ?? ""] ?? ""}\n`));
    await new Promise<void>((done) => pods.listen(0, "127.0.0.1", done));
    const target = `127.0.0.1:${(pods.address() as AddressInfo).port}`;
    const monitors = planned.filter(({ kind }) => kind === "PodMonitor") as PodMonitorManifest[];
    const [rule] = planned.filter(({ kind }) => kind === "PrometheusRule") as PrometheusRuleManifest[];
    writeFileSync(join(folder, "rules.yaml"), stringify(rule?.spec));
    const global = { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" };
    const config = { global, rule_files: ["rules.yaml"], scrape_configs: monitors.map((monitor) => scrapeOf(monitor, target)) };
    writeFileSync(join(folder, "prometheus.yaml"), stringify(config));
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const flags = [
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--config.file=prometheus.yaml",
    ];
    prometheus = spawn("prometheus", flags, { cwd: folder, stdio: "ignore" });
    // Rates need two looks.
    await until("two looks at each pod", async () => (await query("count_over_time(up[1m]) > 2")).length === monitors.length);
    await until("a look at each rule", async () => (await rules()).every(({ health }) => health !== "unknown"));
  });
  afterAll(async () => {
    const ended = new Promise((done) => prometheus.once("exit", done));
    prometheus.kill("SIGKILL");
    await ended;
    pods.close();
    rmSync(folder, { recursive: true });
  });

  interface Rule {
    readonly name: string;
    readonly health: string;
    readonly lastError?: string;
  }
  async function rules(): Promise<readonly Rule[]> {
    const { groups } = (await ask("rules")) as { groups: { rules: Rule[] }[] };
    return groups.flatMap((group) => group.rules);
  }

  it("knows of each series which cluster, group and node it is of", async () => {
    const [memory] = await query('ray_node_mem_total{IsHeadNode="true"}');
    expect(memory?.metric).toMatchObject({
      namespace: "ray",
      ray_io_cluster: "demo",
      ray_io_group: "headgroup",
      ray_io_node_type: "head",
      node: "node-7",
    });
    const [tick] = await query("rayfleet_last_tick_timestamp_seconds");
    expect(tick?.metric).toMatchObject({ ray_io_cluster: "demo", node: "node-7" });
    const [gpu] = await query("DCGM_FI_DEV_GPU_UTIL");
    expect(gpu?.metric["node"]).toBe("node-7");
  });

  it("evaluates every rule without an error", async () => {
    const all = await rules();
    expect(all.length).toBeGreaterThan(15);
    expect(all.filter(({ health }) => health !== "ok")).toEqual([]);
  });

  const noGpuOfRays = ["GPU use, as Ray reads it", "GPU memory, as Ray reads it", "GPUs held and offered"];
  const panels = Object.entries(dashboardFiles()).flatMap(([file, dashboard]) =>
    (dashboard.panels as readonly { title: string; targets?: readonly { expr: string }[] }[]).flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ file, title, expr: expr.replaceAll("$cluster", "demo") })),
    ),
  );
  it.each(panels.filter(({ title }) => !noGpuOfRays.includes(title)))("has something to show: $file, $title", async ({ expr }) => {
    // A head alone offers no GPU.
    if (expr.includes('Name="GPU"')) return;
    expect(await query(expr), expr).not.toEqual([]);
  });

  it("joins what a GPU does with the cluster whose pods are on its node", async () => {
    const panel = panels.find(({ title }) => title === "GPU use");
    expect(await query(panel?.expr ?? "")).toHaveLength(1);
    expect(await query((panel?.expr ?? "").replace("demo", "other"))).toEqual([]);
  });
});
