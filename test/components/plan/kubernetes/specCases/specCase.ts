import type { KubernetesClusterSpecInput } from "../../../../../contract/kubernetes/kubernetesClusterSpec";

/** What a rule refuses, with what it says, and what it lets pass. */
export interface SpecCase {
  readonly rule: string;
  readonly wrong: Partial<KubernetesClusterSpecInput>;
  readonly right: Partial<KubernetesClusterSpecInput>;
  readonly says: string;
}
