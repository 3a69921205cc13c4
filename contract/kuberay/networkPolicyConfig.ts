import type { NetworkPolicyEgressRule, NetworkPolicyIngressRule } from "./kubernetes";

/** What may reach the cluster and what it may reach. Traffic between its own pods is always allowed; DNS and the API server are not, unless a rule says so. */
export interface NetworkPolicyConfig {
  /** @default "DenyAll" */
  readonly mode?: "DenyAll" | "DenyAllIngress" | "DenyAllEgress";
  readonly head?: NetworkPolicyRules;
  /** For groups without rules of their own. */
  readonly worker?: NetworkPolicyRules;
  /** Takes the place of `worker` for the group, and is not added to it. */
  readonly workerGroups?: readonly ({ readonly groupName: string } & NetworkPolicyRules)[];
}

/** Rules on top of the traffic inside the cluster. */
export interface NetworkPolicyRules {
  /** Refused where the mode does not deny ingress. */
  readonly ingressRules?: readonly NetworkPolicyIngressRule[];
  /** Refused where the mode does not deny egress. */
  readonly egressRules?: readonly NetworkPolicyEgressRule[];
}
