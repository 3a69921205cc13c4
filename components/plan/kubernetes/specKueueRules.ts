import type { KueueSpec } from "../../../contract/kubernetes/kueueSpec";
import type { SpecDraft } from "../specDraft";
import { quoteValue, type SpecPath } from "../specProblem";
import { placedGroups, type RuleProblem } from "../specRule";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import { parseQuantity } from "./rules/quantity";

type ClusterQueue = KueueSpec["clusterQueues"][number];
type Flavor = ClusterQueue["resourceGroups"][number]["flavors"][number];

interface PlacedFlavor {
  readonly queue: ClusterQueue;
  readonly group: number;
  readonly flavor: Flavor;
  readonly path: SpecPath;
}

function placedQueues({ kueue }: KubernetesDraft): readonly { readonly queue: ClusterQueue; readonly path: SpecPath }[] {
  return (kueue?.clusterQueues ?? []).map((queue, index) => ({ queue, path: ["kueue", "clusterQueues", index] }));
}

function placedFlavors(spec: KubernetesDraft): readonly PlacedFlavor[] {
  return placedQueues(spec).flatMap(({ queue, path }) =>
    queue.resourceGroups.flatMap(({ flavors }, group) =>
      flavors.map((flavor, index) => ({ queue, group, flavor, path: [...path, "resourceGroups", group, "flavors", index] })),
    ),
  );
}

/** Items of a list whose name stands earlier in it too. */
function repeated<Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const isSeen = seen.has(nameOf(item));
    seen.add(nameOf(item));
    return isSeen;
  });
}

const kueueNamesOnce: KubernetesRule = ({ spec: { kueue } }) =>
  (["resourceFlavors", "workloadPriorityClasses", "clusterQueues", "localQueues"] as const).flatMap((key) => {
    const placed = (kueue?.[key] ?? []).map(({ name }, index) => ({ name, path: ["kueue", key, index, "name"] }));
    return repeated(placed, ({ name }) => name).map(({ name, path }) => ({
      path,
      problem: "is a name that stands earlier too",
      got: quoteValue(name),
      expected: "each name once",
      fix: "Rename it.",
    }));
  });

const flavorsAlike: KubernetesRule = ({ spec }) =>
  placedFlavors(spec).flatMap(({ queue, group, flavor, path }) => {
    const covered = new Set((queue.resourceGroups[group]?.flavors ?? []).flatMap(({ resources }) => Object.keys(resources)));
    const missing = [...covered].filter((name) => !Object.hasOwn(flavor.resources, name)).sort();
    return missing.map((name) => ({
      path: [...path, "resources", name],
      problem: "is missing, and another flavor of the group has it",
      got: "nothing",
      expected: "the same resources in all flavors of a group",
      fix: "Add it, with nominalQuota: 0 if there is none.",
    }));
  });

/** A resource is counted in one group of a queue, and a flavor stands once in it. */
const countedOnce: KubernetesRule = ({ spec }) =>
  placedQueues(spec).flatMap(({ queue, path }) => {
    const placed = placedFlavors(spec).filter((one) => one.path[2] === path[2]);
    const resources = queue.resourceGroups.flatMap(({ flavors }, group) =>
      [...new Set(flavors.flatMap((flavor) => Object.keys(flavor.resources)))].map((name) => ({ name, group })),
    );
    const twice = { expected: "each once in a queue", fix: "Join the groups, or remove one of the two." };
    return [
      ...repeated(placed, ({ flavor }) => flavor.name).map(({ flavor, path: at }) => ({
        ...twice,
        path: [...at, "name"],
        problem: "is a flavor that stands earlier in the queue too",
        got: quoteValue(flavor.name),
      })),
      ...repeated(resources, ({ name }) => name).map(({ name, group }) => ({
        ...twice,
        path: [...path, "resourceGroups", group],
        problem: "counts a resource that an earlier group counts",
        got: quoteValue(name),
      })),
    ];
  });

const limitsFitCohort: KubernetesRule = ({ spec }) =>
  placedFlavors(spec).flatMap(({ queue, flavor, path }) =>
    Object.entries(flavor.resources).flatMap(([name, quota]) => {
      const at = [...path, "resources", name];
      const limits = (["borrowingLimit", "lendingLimit"] as const).filter((key) => quota[key] !== undefined);
      if (queue.cohortName === undefined) {
        return limits.map((key) => ({
          path: [...at, key],
          involves: [["kueue", "clusterQueues", path[2] ?? 0, "cohortName"]],
          problem: "has nobody to borrow from or lend to",
          got: quoteValue(quota[key]),
          expected: "a cohortName beside it",
          fix: "Name the cohort or remove it.",
        }));
      }
      const [lent = 0, nominal = 0] = [parseQuantity(String(quota.lendingLimit ?? 0)), parseQuantity(String(quota.nominalQuota))];
      const fix = "Lower it.";
      return lent > nominal
        ? [
            {
              path: [...at, "lendingLimit"],
              problem: "is above nominalQuota",
              got: quoteValue(quota.lendingLimit),
              expected: `at most ${quoteValue(quota.nominalQuota)}`,
              fix,
            },
          ]
        : [];
    }),
  );

const borrowerReclaims: KubernetesRule = ({ spec }) =>
  placedQueues(spec)
    .filter(({ queue: { preemption } }) => preemption.reclaimWithinCohort === "Never" && preemption.borrowWithinCohort.policy !== "Never")
    .map(({ queue, path }) => ({
      path: [...path, "preemption", "borrowWithinCohort", "policy"],
      involves: [[...path, "preemption", "reclaimWithinCohort"]],
      problem: "ends others' work to borrow, and does not reclaim what is its own",
      got: quoteValue(queue.preemption.borrowWithinCohort.policy),
      expected: "reclaimWithinCohort: LowerPriority or Any beside it",
      fix: "Set that or remove it.",
    }));

const flavorsRight: KubernetesRule = ({ spec: { kueue } }) =>
  (kueue?.resourceFlavors ?? []).flatMap((flavor, index): readonly RuleProblem[] => {
    const path = ["kueue", "resourceFlavors", index];
    const labels = Object.keys(flavor.nodeLabels).length;
    const taints = flavor.nodeTaints.map((taint, position) => ({ ...taint, path: [...path, "nodeTaints", position] }));
    const counts = { nodeLabels: labels, tolerations: flavor.tolerations.length };
    return [
      ...Object.entries(counts)
        .filter(([, count]) => count > 8)
        .map(([key, count]) => ({
          path: [...path, key],
          problem: "are too many",
          got: String(count),
          expected: "at most 8",
          fix: "Remove some.",
        })),
      ...(flavor.topologyName !== undefined && labels === 0
        ? [
            {
              path: [...path, "nodeLabels"],
              problem: "are missing, and a topology needs one",
              got: "nothing",
              expected: "at least one beside topologyName",
              fix: "Add one.",
            },
          ]
        : []),
      ...repeated(taints, ({ key, effect }) => `${key}:${effect}`).map(({ key, effect, path: at }) => ({
        path: at,
        problem: "stands earlier too",
        got: `${key}:${effect}`,
        expected: "each key and effect once",
        fix: "Remove it.",
      })),
    ];
  });

/** Resources that a pod asks for, and where the user says so. */
function asked(draft: SpecDraft<KubernetesDraft>): readonly { readonly resource: string; readonly path: SpecPath }[] {
  const pods = [
    { pod: draft.spec.head, path: ["head"] as SpecPath },
    ...placedGroups(draft).map(({ group, path }) => ({ pod: group, path })),
  ];
  return pods.flatMap(({ pod, path }) => [
    { resource: "cpu", path: [...path, "cpu"] },
    { resource: "memory", path: [...path, "memoryGiB"] },
    ...(pod.ephemeralStorageGiB === undefined ? [] : [{ resource: "ephemeral-storage", path: [...path, "ephemeralStorageGiB"] }]),
    ...("gpu" in pod && pod.gpu !== undefined ? [{ resource: pod.gpu.resourceName, path: [...path, "gpu"] }] : []),
  ]);
}

/** A queue that does not count a resource never admits what asks for it, and says so only in the workload's status. */
const queueCountsRequests: KubernetesRule = (draft) => {
  const { kueue } = draft.spec;
  const local = kueue?.localQueues.find(({ name }) => name === kueue.queueName);
  const queue = kueue?.clusterQueues.find(({ name }) => name === local?.clusterQueue);
  if (queue === undefined) return [];
  const counted = new Set(queue.resourceGroups.flatMap(({ flavors }) => flavors.flatMap(({ resources }) => Object.keys(resources))));
  return asked(draft)
    .filter(({ resource }) => !counted.has(resource))
    .map(({ resource, path }) => ({
      path,
      involves: [["kueue"]],
      problem: `asks for a resource that the queue ${queue.name} does not count, so that nothing is ever admitted`,
      got: quoteValue(resource),
      expected: "a quota for it in kueue.clusterQueues",
      fix: "Add the quota.",
    }));
};

/** Rules about Kueue's own objects, as its webhooks and its API server would refuse them, and about what they would never admit. */
export const specKueueRules: Readonly<Record<string, KubernetesRule>> = {
  kueueNamesOnce,
  flavorsAlike,
  countedOnce,
  limitsFitCohort,
  borrowerReclaims,
  flavorsRight,
  queueCountsRequests,
};
