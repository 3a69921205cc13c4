import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { childName } from "../names";
import type { KubernetesObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";

/** A specification whose user wants the cluster to be watched. */
export type MonitoredSpec = KubernetesClusterSpec & { readonly monitoring: NonNullable<KubernetesClusterSpec["monitoring"]> };

/** Metadata of an object that is for Prometheus' operator or for Grafana. Where these look may be another namespace than the cluster's. */
export function monitoringMetadata(
  spec: MonitoredSpec,
  part: string,
  own: Pick<KubernetesObject["metadata"], "labels" | "annotations">,
): KubernetesObject["metadata"] {
  const { namespace = spec.namespace } = spec.monitoring;
  return { ...objectMetadata(spec, childName(spec.name, part), own), namespace };
}
