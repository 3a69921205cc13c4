import { autoscalerAnnotation } from "../contract/kubernetes/kubernetesAgent";

/** True of clusters whose replicas are nobody's to write but an autoscaler's: Ray's own in the head's pod, or the rayfleet agent. */
export function replicasAreScaled(manifest: { readonly kind?: unknown; readonly spec?: unknown; readonly metadata?: unknown }): boolean {
  const { kind, spec, metadata } = manifest as { kind?: unknown; spec?: { enableInTreeAutoscaling?: unknown }; metadata?: unknown };
  if (kind !== "RayCluster") return false;
  return spec?.enableInTreeAutoscaling === true || isScaledByAgent({ metadata });
}

/** True of clusters that the rayfleet agent sizes. To the operator they have no autoscaler: it ends any pods that are more than it is told, at once. */
export function isScaledByAgent({ metadata }: { readonly metadata?: unknown }): boolean {
  const { annotations } = (metadata ?? {}) as { readonly annotations?: Readonly<Record<string, unknown>> };
  return annotations?.[autoscalerAnnotation] === "rayfleet";
}
