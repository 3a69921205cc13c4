import { isScaledByAgent } from "../components/plan/kubernetes/roomForReplicas";

/** True of clusters whose replicas are nobody's to write but an autoscaler's: Ray's own in the head's pod, or the rayfleet agent. */
export function replicasAreScaled(manifest: { readonly kind?: unknown; readonly spec?: unknown; readonly metadata?: unknown }): boolean {
  const { kind, spec, metadata } = manifest as { kind?: unknown; spec?: { enableInTreeAutoscaling?: unknown }; metadata?: unknown };
  if (kind !== "RayCluster") return false;
  return spec?.enableInTreeAutoscaling === true || isScaledByAgent({ metadata });
}
