import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { RuleOf } from "../specRule";

/** A specification for Kubernetes, as rules see it. */
export type KubernetesDraft = Omit<KubernetesClusterSpec, "name">;

/** A rule about a specification for Kubernetes. */
export type KubernetesRule = RuleOf<KubernetesDraft>;
