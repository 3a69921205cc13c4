import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../components/plan/kubernetes/kubernetesObject";
import { kubernetesSpecForm } from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planHeadGroup } from "../../../../components/plan/kubernetes/planHeadGroup";
import { planMonitoring } from "../../../../components/plan/kubernetes/planMonitoring";
import type { PodMonitorManifest } from "../../../../components/plan/kubernetes/planPodMonitors";
import type { PrometheusRuleManifest } from "../../../../components/plan/kubernetes/planPrometheusRules";
import { parseSpec } from "../../../../components/plan/parseSpec";
import { formatSpecProblem } from "../../../../components/plan/specProblem";
import type { KubernetesClusterSpec, KubernetesClusterSpecInput } from "../../../../contract/kubernetes/kubernetesClusterSpec";

type Input = Partial<KubernetesClusterSpecInput>;

function specOf(monitoring: Input["monitoring"], more: Input = {}): KubernetesClusterSpec {
  const whole = {
    platform: "kubernetes",
    workerGroups: [{ groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 }],
    networkPolicy: { scrapers: [{ namespace: "monitoring" }] },
    ...(monitoring === undefined ? {} : { monitoring }),
    ...more,
  };
  const parsed = parseSpec(kubernetesSpecForm, whole, { stackName: "demo" });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(parsed.problems.map(formatSpecProblem).join("\n"));
}

const fixed: Input = { autoscaler: "none", workerGroups: [{ groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4, replicas: 1 }] };
const planOf = (monitoring: Input["monitoring"], more?: Input) => planMonitoring(specOf(monitoring, more));
const names = (objects: readonly KubernetesObject[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
const only = { rules: false, dashboards: { enabled: false } };

function monitorsOf(monitoring: Input["monitoring"], more?: Input): readonly PodMonitorManifest[] {
  return planOf(monitoring, more).filter(({ kind }) => kind === "PodMonitor") as PodMonitorManifest[];
}

function alertsOf(monitoring: Input["monitoring"], more?: Input) {
  const [rule] = planOf(monitoring, more).filter(({ kind }) => kind === "PrometheusRule") as PrometheusRuleManifest[];
  return (rule?.spec.groups ?? []).flatMap(({ rules }) => rules);
}

describe("planMonitoring", () => {
  it("makes nothing unless it is asked to", () => {
    expect(planOf(undefined)).toEqual([]);
  });

  it("makes monitors, alerts and dashboards where they are looked for", () => {
    const inTheirs = { namespace: "monitoring", labels: { release: "prometheus" }, gpu: {} };
    expect(names(planOf({}))).toEqual([
      "PodMonitor ray/demo-head",
      "PodMonitor ray/demo-worker",
      "PrometheusRule ray/demo-alerts",
      "ConfigMap ray/demo-dashboards",
    ]);
    expect(names(planOf(inTheirs))).toEqual([
      "PodMonitor monitoring/demo-head",
      "PodMonitor monitoring/demo-worker",
      "PodMonitor monitoring/demo-gpu",
      "PrometheusRule monitoring/demo-alerts",
      "ConfigMap monitoring/demo-dashboards",
    ]);
    expect(names(planOf({ podMonitors: false, ...only }))).toEqual([]);
  });

  it("finds the pods of this cluster in its namespace, and says which group and node they are of", () => {
    const [head, worker] = monitorsOf({ ...only, namespace: "monitoring", labels: { release: "prometheus" }, intervalSeconds: 15 });
    expect(head?.metadata.labels).toMatchObject({ release: "prometheus" });
    expect(worker?.spec).toEqual({
      namespaceSelector: { matchNames: ["ray"] },
      selector: { matchLabels: { "ray.io/cluster": "demo", "ray.io/node-type": "worker" } },
      podMetricsEndpoints: [
        {
          port: "metrics",
          interval: "15s",
          relabelings: [
            { sourceLabels: ["__meta_kubernetes_pod_label_ray_io_cluster"], targetLabel: "ray_io_cluster", action: "replace" },
            { sourceLabels: ["__meta_kubernetes_pod_label_ray_io_group"], targetLabel: "ray_io_group", action: "replace" },
            { sourceLabels: ["__meta_kubernetes_pod_label_ray_io_node_type"], targetLabel: "ray_io_node_type", action: "replace" },
            { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node", action: "replace" },
          ],
        },
      ],
    });
  });

  it("scrapes of the head the ports that somebody answers on, all of which its template names", () => {
    const portsOf = (more: Input) => monitorsOf(only, more)[0]?.spec.podMetricsEndpoints.map(({ port }) => port);
    expect(portsOf({})).toEqual(["metrics", "as-metrics", "dash-metrics"]);
    expect(portsOf(fixed)).toEqual(["metrics", "dash-metrics"]);
    const declared = planHeadGroup(specOf({})).template.spec?.containers[0]?.ports?.map(({ name }) => name);
    expect(declared).toEqual(expect.arrayContaining(["metrics", "as-metrics", "dash-metrics"]));
  });

  it("scrapes the agent where it sets the number of workers", () => {
    const agent = monitorsOf(only, { autoscaler: "rayfleet" })[2];
    expect(agent?.spec.selector.matchLabels).toEqual({ "app.kubernetes.io/instance": "demo", "app.kubernetes.io/name": "rayfleet-agent" });
    expect(agent?.spec.podMetricsEndpoints).toMatchObject([{ port: "metrics" }]);
  });

  it("gives the GPUs' series the name of their node, by which they meet Ray's", () => {
    const gpu = { namespace: "gpus", podLabels: { app: "dcgm" }, port: "http" };
    const [monitor] = monitorsOf({ ...only, podMonitors: false, gpu });
    expect(monitor?.spec).toMatchObject({ namespaceSelector: { matchNames: ["gpus"] }, selector: { matchLabels: { app: "dcgm" } } });
    expect(monitor?.spec.podMetricsEndpoints).toMatchObject([{ port: "http", relabelings: [{ targetLabel: "node" }] }]);
  });

  it("speaks of this cluster only, and only of what is scraped", () => {
    const alerts = (more: Input) => alertsOf({}, more).map(({ alert }) => alert);
    const own = alertsOf({}).filter(({ expr }) => !expr.includes('{namespace="ray",ray_io_cluster="demo"'));
    expect(own).toEqual([]);
    expect(alerts({})).not.toContain("RayfleetAgentSilent");
    expect(alerts({ autoscaler: "rayfleet" })).toContain("RayfleetAgentSilent");
    expect(alerts({})).not.toContain("KubeRayReconcileErrors");
    expect(alerts({ operator: { serviceMonitor: { enabled: true } } })).toContain("KubeRayReconcileErrors");
  });

  it("looks for the operator where it runs, and for its objects where they are", () => {
    const operator = { namespace: "kuberay", serviceMonitor: { enabled: true } };
    const expressions = new Map(alertsOf({}, { operator }).map(({ alert, expr }) => [alert, expr]));
    expect(expressions.get("KubeRayReconcileErrors")).toContain('{namespace="kuberay",');
    expect(expressions.get("RayClusterNotProvisioned")).toContain('{namespace="ray",');
  });

  it("finds the pods of a job or a service, whose cluster has a name that nobody knows before, by a label of ours", () => {
    const more: Input = { rayService: { serveConfig: { applications: [] } } };
    const [head] = monitorsOf(only, more);
    expect(head?.spec.selector.matchLabels).toEqual({ "app.kubernetes.io/part-of": "demo", "ray.io/node-type": "head" });
    expect(head?.spec.podMetricsEndpoints[0]?.relabelings[0]).toEqual({
      sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_part_of"],
      targetLabel: "ray_io_cluster",
      action: "replace",
    });
  });

  it("takes no head for lost that is not meant to stay", () => {
    const alerts = (more: Input) => alertsOf({}, more).map(({ alert }) => alert);
    const inQuestion = ["RayHeadNotScraped", "RayHeadRestarted"];
    const left = (more: Input) => inQuestion.filter((name) => alerts(more).includes(name));
    expect(left({})).toEqual(inQuestion);
    expect(left({ rayService: { serveConfig: { applications: [] } } })).toEqual(["RayHeadNotScraped"]);
    expect(left({ rayJob: { entrypoint: "python job.py" } })).toEqual([]);
    expect(left({ ...fixed, kueue: { queueName: "team" } })).toEqual([]);
    expect(alerts(fixed)).not.toContain("RayNodesLost");
  });

  it("hands the dashboards to Grafana's sidecar", () => {
    const [map] = planOf({ podMonitors: false, rules: false, dashboards: { folder: "Ray", labels: { grafana: "yes" } } });
    expect(map?.metadata).toMatchObject({ labels: { grafana: "yes" }, annotations: { grafana_folder: "Ray" } });
    const { data } = map as unknown as { readonly data: Record<string, string> };
    expect(Object.entries(data).map(([file, text]) => [file, (JSON.parse(text) as { uid: string }).uid])).toEqual([
      ["rayfleet-cluster.json", "rayfleet-cluster"],
      ["rayfleet-autoscaling.json", "rayfleet-autoscaling"],
      ["rayfleet-gpus.json", "rayfleet-gpus"],
    ]);
  });

  it("leads those on call to the page that is named", () => {
    expect(alertsOf({ runbookUrl: "https://example.com/m" })[0]?.annotations["runbook_url"]).toMatch(/^https:\/\/example.com\/m#ray/);
  });
});
