import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { KubernetesObject } from "./kubernetesObject";
import { clusterWideMetadata } from "./objectMetadata";

/** A PriorityClass: how important pods are. */
export interface PriorityClassManifest extends KubernetesObject {
  readonly value: number;
  readonly preemptionPolicy: "PreemptLowerPriority" | "Never";
  readonly globalDefault: false;
  readonly description?: string;
}

/** None is the default of all pods: that is nobody's to decide by the way. */
export function planPriorityClasses(spec: KubernetesClusterSpec): readonly PriorityClassManifest[] {
  return spec.priorityClasses.map(({ name, value, preemptionPolicy, description }) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: clusterWideMetadata(spec, name),
    value,
    preemptionPolicy,
    globalDefault: false,
    ...(description === undefined ? {} : { description }),
  }));
}
