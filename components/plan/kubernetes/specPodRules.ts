import type { SpecDraft } from "../specDraft";
import { quoteValue, type SpecPath } from "../specProblem";
import { placedGroups, type RuleProblem } from "../specRule";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import type { PodGroup } from "./rayContainer";

interface PlacedPod {
  readonly pod: PodGroup;
  readonly path: SpecPath;
}

/** The head and every group. */
function placedPods(draft: SpecDraft<KubernetesDraft>): readonly PlacedPod[] {
  return [{ pod: draft.spec.head, path: ["head"] }, ...placedGroups(draft).map(({ group, path }) => ({ pod: group, path }))];
}

const capacityTypeNamed: KubernetesRule = (draft) =>
  placedGroups(draft)
    .filter(({ group }) => group.capacityType !== undefined && draft.spec.nodeLabels.capacityType === undefined)
    .map(({ group, path }) => ({
      path: [...path, "capacityType"],
      involves: [["nodeLabels"]],
      problem: "cannot be looked for: it is not known how your nodes say it",
      got: quoteValue(group.capacityType),
      expected: "nodeLabels.capacityType with the provider's label",
      fix: "Name the label, such as { name: karpenter.sh/capacity-type, spot: spot }, or use nodeSelector.",
    }));

const tolerationsWhole: KubernetesRule = (draft) =>
  placedPods(draft).flatMap(({ pod, path }) =>
    pod.tolerations.flatMap(({ key, operator, value, effect, tolerationSeconds }, index): readonly RuleProblem[] => {
      const at = (part: string): SpecPath => [...path, "tolerations", index, part];
      return [
        ...(key === undefined && operator === "Equal"
          ? [
              {
                path: at("key"),
                problem: "is missing",
                got: "nothing",
                expected: "a key with operator: Equal",
                fix: "Add it or set operator: Exists.",
              },
            ]
          : []),
        ...(operator === "Exists" && value !== undefined
          ? [
              {
                path: at("value"),
                problem: "has no place",
                got: quoteValue(value),
                expected: "no value with operator: Exists",
                fix: "Remove it.",
              },
            ]
          : []),
        ...(tolerationSeconds !== undefined && effect !== "NoExecute"
          ? [
              {
                path: at("tolerationSeconds"),
                problem: "is for pods that would be ended",
                got: String(tolerationSeconds),
                expected: "effect: NoExecute beside it",
                fix: "Remove it or set that effect.",
              },
            ]
          : []),
      ];
    }),
  );

/** Shared memory is counted as the container's own: a larger one is no gain, and a full one ends the pod. */
const sharedMemoryFits: KubernetesRule = (draft) =>
  placedPods(draft).flatMap(({ pod: { sharedMemoryGiB, memoryGiB }, path }) =>
    sharedMemoryGiB === undefined || sharedMemoryGiB <= memoryGiB
      ? []
      : [
          {
            path: [...path, "sharedMemoryGiB"],
            involves: [[...path, "memoryGiB"]],
            problem: "is more than the pod's memory, of which it is a part",
            got: `${sharedMemoryGiB} > ${memoryGiB}`,
            expected: "memoryGiB or less",
            fix: "Lower it or raise memoryGiB.",
          },
        ],
  );

/** Ray's own limit: the rest is for tasks. */
const largestObjectStoreShare = 0.8;

const objectStoreFits: KubernetesRule = (draft) =>
  placedPods(draft).flatMap(({ pod: { objectStoreMemoryGiB, sharedMemoryGiB, memoryGiB }, path }) => {
    const most = Math.min(sharedMemoryGiB ?? memoryGiB, memoryGiB * largestObjectStoreShare);
    return objectStoreMemoryGiB === undefined || objectStoreMemoryGiB <= most
      ? []
      : [
          {
            path: [...path, "objectStoreMemoryGiB"],
            involves: [
              [...path, "memoryGiB"],
              [...path, "sharedMemoryGiB"],
            ],
            problem: "leaves too little memory for tasks, or does not fit into shared memory",
            got: String(objectStoreMemoryGiB),
            expected: `${Math.floor(most * 10) / 10} or less`,
            fix: "Lower it or raise memoryGiB.",
          },
        ];
  });

/** A token is asked for by Ray itself, wherever the request comes from. */
const exposedOnlyWithToken: KubernetesRule = ({ spec: { head, authentication } }) =>
  head.serviceType === "ClusterIP" || authentication.mode === "token"
    ? []
    : [
        {
          path: ["head", "serviceType"],
          involves: [["authentication", "mode"]],
          problem: "opens the job API outside the cluster, and nobody is asked who it is",
          got: quoteValue(head.serviceType),
          expected: "ClusterIP, or authentication.mode: token",
          fix: "Use an ingress with authentication, or tokens.",
        },
      ];

/** Rules about pods: where they run and what they may use. */
export const specPodRules: Readonly<Record<string, KubernetesRule>> = {
  capacityTypeNamed,
  tolerationsWhole,
  sharedMemoryFits,
  objectStoreFits,
  exposedOnlyWithToken,
};
