import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { KubernetesObject } from "./kubernetesObject";
import { planDashboards } from "./planDashboards";
import { planPodMonitors } from "./planPodMonitors";
import { planPrometheusRules } from "./planPrometheusRules";

/** What Prometheus' operator and Grafana are told of the cluster; nothing unless the user asks. */
export function planMonitoring(spec: KubernetesClusterSpec): readonly KubernetesObject[] {
  const { monitoring } = spec;
  if (monitoring === undefined) return [];
  const monitored = { ...spec, monitoring };
  return [...planPodMonitors(monitored), ...planPrometheusRules(monitored), ...planDashboards(monitored)];
}
