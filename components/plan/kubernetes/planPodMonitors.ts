import type { SpecifiedObject } from "./kubernetesObject";
import { type MonitoredSpec, monitoringMetadata } from "./monitoringMetadata";
import { agentLabels } from "./planAgentPod";
import { clusterPodLabels, rayKindOf } from "./rayKind";

/** What Prometheus does with the labels that it has found out about a pod, before it scrapes. */
export interface Relabeling {
  readonly sourceLabels: readonly string[];
  readonly targetLabel: string;
  readonly action: "replace";
}

/** Which pods Prometheus scrapes, and at which ports. */
export type PodMonitorManifest = SpecifiedObject<{
  readonly namespaceSelector: { readonly matchNames: readonly string[] };
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podMetricsEndpoints: readonly {
    /** Name of a container's port. */
    readonly port: string;
    /** Such as 30s. */
    readonly interval: string;
    readonly relabelings: readonly Relabeling[];
  }[];
}>;

/** Labels of every series by what Prometheus knows of the pod. `node` is what joins a pod's series with those of its node and its GPUs. */
const labelSources = {
  ray_io_cluster: "__meta_kubernetes_pod_label_ray_io_cluster",
  ray_io_group: "__meta_kubernetes_pod_label_ray_io_group",
  ray_io_node_type: "__meta_kubernetes_pod_label_ray_io_node_type",
  node: "__meta_kubernetes_pod_node_name",
} as const;

/** The agent's pod is not Ray's: its label says which cluster it works for. */
const agentLabelSources = { ray_io_cluster: "__meta_kubernetes_pod_label_app_kubernetes_io_instance", node: labelSources.node } as const;

function relabelings(sources: Readonly<Record<string, string>>): readonly Relabeling[] {
  return Object.entries(sources).map(([targetLabel, source]) => ({ sourceLabels: [source], targetLabel, action: "replace" }));
}

interface Watched {
  readonly part: string;
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly sources: Readonly<Record<string, string>>;
}

function podMonitor(spec: MonitoredSpec, { part, namespace, podLabels, ports, sources }: Watched): PodMonitorManifest {
  const { labels, intervalSeconds } = spec.monitoring;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: monitoringMetadata(spec, part, { labels }),
    spec: {
      namespaceSelector: { matchNames: [namespace] },
      selector: { matchLabels: podLabels },
      podMetricsEndpoints: ports.map((port) => ({ port, interval: `${intervalSeconds}s`, relabelings: relabelings(sources) })),
    },
  };
}

/** The dashboard has metrics of its own; the autoscaler's port answers only where Ray's autoscaler runs beside the head. */
function headPorts({ autoscaler }: MonitoredSpec): readonly string[] {
  return ["metrics", ...(autoscaler === "kuberay" ? ["as-metrics"] : []), "dash-metrics"];
}

/** The operator makes up the name of the cluster of a job or a service; its series bear the name that the stack gives to all of them. */
function clusterSource(spec: MonitoredSpec): Partial<Record<"ray_io_cluster", string>> {
  return rayKindOf(spec) === "RayCluster" ? {} : { ray_io_cluster: "__meta_kubernetes_pod_label_app_kubernetes_io_part_of" };
}

function rayMonitors(spec: MonitoredSpec): readonly Watched[] {
  const { namespace } = spec;
  const ray = (role: "head" | "worker", ports: readonly string[]): Watched => ({
    part: role,
    namespace,
    podLabels: { ...clusterPodLabels(spec), "ray.io/node-type": role },
    ports,
    sources: { ...labelSources, ...clusterSource(spec) },
  });
  const agent: Watched = {
    part: "agent",
    namespace,
    podLabels: agentLabels(spec),
    ports: ["metrics"],
    sources: agentLabelSources,
  };
  return [ray("head", headPorts(spec)), ray("worker", ["metrics"]), ...(spec.autoscaler === "rayfleet" ? [agent] : [])];
}

function gpuMonitor({ monitoring: { gpu } }: MonitoredSpec): readonly Watched[] {
  if (gpu === undefined) return [];
  const { namespace, podLabels, port } = gpu;
  return [{ part: "gpu", namespace, podLabels, ports: [port], sources: { node: labelSources.node } }];
}

/** A monitor for each kind of pod that has metrics. The workers' port is the operator's to declare; all the head's are in its template. */
export function planPodMonitors(spec: MonitoredSpec): readonly PodMonitorManifest[] {
  const watched = [...(spec.monitoring.podMonitors ? rayMonitors(spec) : []), ...gpuMonitor(spec)];
  return watched.map((each) => podMonitor(spec, each));
}
