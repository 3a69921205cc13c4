import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { childName } from "../names";
import type { ServiceAccountManifest } from "./identities";
import type { KubernetesObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What an account may do in a namespace. */
interface RoleManifest extends KubernetesObject {
  readonly rules: readonly PolicyRule[];
}

interface RoleBindingManifest extends KubernetesObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

/** Name of everything that is the agent's alone: its account, role, Lease, configuration, Deployment and Service. */
export function agentName(spec: KubernetesClusterSpec): string {
  return childName(spec.name, "agent");
}

/** Its own RayCluster and Lease by name; pods, their logs and events cannot be had by a name that is not known yet. */
function agentRights(spec: KubernetesClusterSpec): readonly PolicyRule[] {
  return [
    { apiGroups: ["ray.io"], resources: ["rayclusters"], resourceNames: [spec.name], verbs: ["get", "patch"] },
    { apiGroups: [""], resources: ["pods", "events"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [agentName(spec)], verbs: ["get", "patch"] },
  ];
}

/** The agent's account and what it may do, and the Lease that only one agent holds. */
export function planAgentAccess(
  spec: KubernetesClusterSpec,
): readonly [ServiceAccountManifest, RoleManifest, RoleBindingManifest, KubernetesObject] {
  const name = agentName(spec);
  const metadata = objectMetadata(spec, name);
  const apiGroup = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata, rules: agentRights(spec) },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: spec.namespace }],
    },
    // Nobody may make one by name only, so that it is made here; what stands in it is the agent's.
    { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata },
  ];
}
