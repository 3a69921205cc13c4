import { machineType } from "../machineTypes";
import { quoteValue, type SpecPath } from "../specProblem";
import { placedGroups, type RuleProblem } from "../specRule";
import { valueAt } from "../specShape";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";

type Autoscaler = KubernetesDraft["autoscaler"];

/** Keys that only some autoscalers look at. */
const keysOfAutoscalers: readonly { readonly path: SpecPath; readonly readBy: readonly Autoscaler[] }[] = [
  { path: ["autoscalerOptions"], readBy: ["kuberay"] },
  { path: ["schedules"], readBy: ["rayfleet"] },
  { path: ["budget"], readBy: ["rayfleet"] },
  { path: ["maxReplicas"], readBy: ["rayfleet"] },
  { path: ["upscalingSpeed"], readBy: ["rayfleet"] },
  { path: ["agent"], readBy: ["rayfleet"] },
  { path: ["idleTimeoutSeconds"], readBy: ["kuberay", "rayfleet"] },
];

const keysOfGroups: readonly { readonly key: string; readonly readBy: readonly Autoscaler[] }[] = [
  { key: "replicas", readBy: ["none"] },
  { key: "idleTimeoutSeconds", readBy: ["kuberay", "rayfleet"] },
  { key: "priority", readBy: ["kuberay", "rayfleet"] },
  { key: "pricePerHourUsd", readBy: ["rayfleet"] },
  { key: "bootDeadlineSeconds", readBy: ["rayfleet"] },
];

function isWritten(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined;
  return Object.keys(value).length > 0;
}

/** What would be read by nobody is a mistake: the user expects it to act. */
const keysFitAutoscaler: KubernetesRule = (draft) => {
  const { spec, written } = draft;
  const placed = [
    ...keysOfAutoscalers,
    ...placedGroups(draft).flatMap(({ path }) => keysOfGroups.map(({ key, readBy }) => ({ path: [...path, key], readBy }))),
  ];
  return placed
    .filter(({ path, readBy }) => !readBy.includes(spec.autoscaler) && isWritten(valueAt(written, path)))
    .map(({ path, readBy }) => ({
      path,
      involves: [["autoscaler"]],
      problem: `has no effect with autoscaler: ${spec.autoscaler}`,
      got: quoteValue(valueAt(written, path)),
      expected: `autoscaler: ${readBy.join(" or ")} beside it`,
      fix: `Remove it or set autoscaler: ${readBy[0] ?? ""}.`,
    }));
};

const fixedSizeSaid: KubernetesRule = (draft) =>
  placedGroups(draft)
    .filter(({ group }) => draft.spec.autoscaler === "none" && group.replicas === undefined)
    .map(({ path }) => ({
      path: [...path, "replicas"],
      involves: [["autoscaler"]],
      problem: "is missing, and there is no autoscaler to choose it",
      got: "nothing",
      expected: "the number of replicas with autoscaler: none",
      fix: "Add it or choose an autoscaler.",
    }));

const replicasInBounds: KubernetesRule = (draft) =>
  placedGroups(draft).flatMap(({ group: { replicas, minReplicas, maxReplicas }, path }) =>
    replicas === undefined || (replicas >= minReplicas && replicas <= maxReplicas)
      ? []
      : [
          {
            path: [...path, "replicas"],
            involves: [
              [...path, "minReplicas"],
              [...path, "maxReplicas"],
            ],
            problem: "is outside the group's bounds, and the operator would use the bound without a word",
            got: String(replicas),
            expected: `a number from ${minReplicas} to ${maxReplicas}`,
            fix: "Change it, minReplicas or maxReplicas.",
          },
        ],
  );

const workedOutByAgent: KubernetesRule = (draft) => {
  const timeouts = [
    { path: ["idleTimeoutSeconds"], seconds: draft.spec.idleTimeoutSeconds },
    ...placedGroups(draft).map(({ group, path }) => ({ path: [...path, "idleTimeoutSeconds"], seconds: group.idleTimeoutSeconds })),
  ];
  return timeouts
    .filter(({ seconds }) => draft.spec.autoscaler === "kuberay" && seconds === "auto")
    .map(({ path }) => ({
      path,
      involves: [["autoscaler"]],
      problem: "is worked out by rayfleet's agent only",
      got: quoteValue("auto"),
      expected: "seconds with autoscaler: kuberay",
      fix: "Write seconds or set autoscaler: rayfleet.",
    }));
};

/** The agent removes nodes one by one; a replica of several hosts is no use without one of them. */
const oneHostForAgent: KubernetesRule = (draft) =>
  placedGroups(draft)
    .filter(({ group }) => draft.spec.autoscaler === "rayfleet" && group.numOfHosts > 1)
    .map(({ group, path }) => ({
      path: [...path, "numOfHosts"],
      involves: [["autoscaler"]],
      problem: "makes replicas of several pods, which rayfleet's agent does not size",
      got: String(group.numOfHosts),
      expected: "1 with autoscaler: rayfleet",
      fix: "Set autoscaler: kuberay or none, or use one host.",
    }));

const instanceTypeLabel = "node.kubernetes.io/instance-type";

const budgetKnowsPrices: KubernetesRule = (draft) => {
  const { budget, autoscaler } = draft.spec;
  if (budget.maxHourlyUsd === undefined || autoscaler !== "rayfleet") return [];
  return placedGroups(draft)
    .filter(({ group }) => {
      const name = group.nodeSelector[instanceTypeLabel];
      return group.pricePerHourUsd === undefined && (name === undefined || machineType(name)?.pricePerHourUsd === undefined);
    })
    .map(({ path }) => ({
      path: [...path, "pricePerHourUsd"],
      involves: [["budget"], [...path, "nodeSelector"]],
      problem: "is missing, so the budget cannot be kept",
      got: "nothing",
      expected: `a price, or a known machine type in nodeSelector["${instanceTypeLabel}"]`,
      fix: "Add it or remove budget.maxHourlyUsd.",
    }));
};

const kueueFitsAutoscaler: KubernetesRule = ({ spec: { kueue, autoscaler } }): readonly RuleProblem[] => {
  const at = { involves: [["autoscaler"]], got: `autoscaler: ${autoscaler}` };
  if (kueue === undefined) return [];
  if (autoscaler === "rayfleet") {
    const problem = "admits what a cluster asked for at first, and rayfleet's agent would go past it";
    const fix = "Set autoscaler: none, or kuberay with kueue.elasticJob.";
    return [{ ...at, path: ["kueue"], problem, expected: "autoscaler: none, or kuberay with elasticJob", fix }];
  }
  if (autoscaler === "kuberay" && !kueue.elasticJob) {
    const problem = "is missing: Kueue refuses a cluster whose size an autoscaler changes";
    const fix = "Set autoscaler: none with replicas, or turn Kueue's gate ElasticJobsViaWorkloadSlices on and set elasticJob: true.";
    return [{ ...at, path: ["kueue", "elasticJob"], problem, expected: "elasticJob: true with autoscaler: kuberay", fix }];
  }
  if (autoscaler === "none" && kueue.elasticJob) {
    const fix = "Remove it or set autoscaler: kuberay.";
    return [{ ...at, path: ["kueue", "elasticJob"], problem: "has no effect with a fixed size", expected: "autoscaler: kuberay", fix }];
  }
  return [];
};

/** Rules about who sets the number of workers. */
export const specAutoscalerRules: Readonly<Record<string, KubernetesRule>> = {
  keysFitAutoscaler,
  fixedSizeSaid,
  replicasInBounds,
  workedOutByAgent,
  oneHostForAgent,
  budgetKnowsPrices,
  kueueFitsAutoscaler,
};
