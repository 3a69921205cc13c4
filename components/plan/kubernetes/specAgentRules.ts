import { quoteValue } from "../specProblem";
import type { KubernetesRule } from "./kubernetesRule";

/** With `tls` Ray's control store talks to nobody without a certificate of the cluster's own authority. */
const agentReachesControlStore: KubernetesRule = ({ spec: { tls, autoscaler } }) =>
  autoscaler === "rayfleet" && tls.enabled
    ? [
        {
          path: ["tls", "enabled"],
          involves: [["autoscaler"]],
          problem: "keeps rayfleet's agent out, which has no certificate",
          got: "true",
          expected: "false with autoscaler: rayfleet",
          fix: "Turn it off and let the network encrypt, or set autoscaler: kuberay.",
        },
      ]
    : [];

const oneAgentImage: KubernetesRule = ({ spec: { agent } }) =>
  agent.image === undefined || agent.nodeImage === undefined
    ? []
    : [
        {
          path: ["agent", "nodeImage"],
          involves: [["agent", "image"]],
          problem: "has no effect beside agent.image, which has Node and the program",
          got: quoteValue(agent.nodeImage),
          expected: "one of the two",
          fix: "Remove one.",
        },
      ];

/** Rules about the agent's Deployment. */
export const specAgentRules: Readonly<Record<string, KubernetesRule>> = { agentReachesControlStore, oneAgentImage };
