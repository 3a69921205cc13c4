import { dashboardFiles } from "../monitoring/dashboards";
import type { KubernetesObject } from "./kubernetesObject";
import { type MonitoredSpec, monitoringMetadata } from "./monitoringMetadata";

/** Files by name. */
export interface ConfigMapManifest extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

/** The dashboards, where the sidecar of Grafana's chart finds them. */
export function planDashboards(spec: MonitoredSpec): readonly ConfigMapManifest[] {
  const { enabled, labels, folder } = spec.monitoring.dashboards;
  if (!enabled) return [];
  const files = Object.entries(dashboardFiles()).map(([name, dashboard]) => [name, `${JSON.stringify(dashboard, null, 1)}\n`] as const);
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: monitoringMetadata(spec, "dashboards", {
        labels,
        ...(folder === undefined ? {} : { annotations: { grafana_folder: folder } }),
      }),
      data: Object.fromEntries(files),
    },
  ];
}
