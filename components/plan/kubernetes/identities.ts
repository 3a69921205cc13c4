import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { childName } from "../names";
import type { KubernetesObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";

/** An account that pods run as. */
export interface ServiceAccountManifest extends KubernetesObject {
  readonly automountServiceAccountToken: false;
}

/**
 * The account of the head's pod: the user's, or one that may do nothing. Undefined for Ray's autoscaler: then the operator makes one of the cluster's name, and would look
 * for it in vain if it were named here.
 */
export function headServiceAccount(spec: KubernetesClusterSpec): string | undefined {
  return spec.head.serviceAccountName ?? (spec.autoscaler === "kuberay" ? undefined : childName(spec.name, "head"));
}

/** The account of a group's pods. */
export function workerServiceAccount(spec: KubernetesClusterSpec, group: { readonly serviceAccountName?: string | undefined }): string {
  return group.serviceAccountName ?? childName(spec.name, "worker");
}

/**
 * Accounts without a right and without a token, for pods whose account the user does not name.
 *
 * The account of Ray's autoscaler is the operator's to make: it binds exactly the rights that its own release of the autoscaler needs.
 */
export function planServiceAccounts(spec: KubernetesClusterSpec): readonly ServiceAccountManifest[] {
  const head = spec.head.serviceAccountName === undefined && spec.autoscaler !== "kuberay" ? [childName(spec.name, "head")] : [];
  const worker = spec.workerGroups.some((group) => group.serviceAccountName === undefined) ? [childName(spec.name, "worker")] : [];
  return [...head, ...worker].map((name) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: objectMetadata(spec, name),
    automountServiceAccountToken: false,
  }));
}
