import type { KubernetesClusterSpecInput } from "../../../../../contract/kubernetes/kubernetesClusterSpec";
import type { SpecCase } from "./specCase";

type Input = Partial<KubernetesClusterSpecInput>;
type Kueue = NonNullable<Input["kueue"]>;
type Queue = NonNullable<Kueue["clusterQueues"]>[number];
type Flavors = Queue["resourceGroups"][number]["flavors"];

const group = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4, replicas: 2 };
const cpu = { nominalQuota: 20 };
const memory = { nominalQuota: "80Gi" };

function kueue(rest: Omit<Kueue, "queueName">, of: typeof group = group): Input {
  return { autoscaler: "none", workerGroups: [of], kueue: { queueName: "team", ...rest } };
}

function queue(flavors: Flavors, rest: Partial<Queue> = {}): Input {
  return kueue({ clusterQueues: [{ name: "team", resourceGroups: [{ flavors }], ...rest }] });
}

const two = (second: Flavors[number]["resources"]): Flavors => [
  { name: "a", resources: { cpu, memory } },
  { name: "b", resources: second },
];
const lending = (lendingLimit: string): Flavors => [{ name: "a", resources: { cpu, memory: { ...memory, lendingLimit } } }];
const borrows = { borrowWithinCohort: { policy: "LowerPriority" as const } };
const localQueues = [{ name: "team", clusterQueue: "team" }];
const taint = { key: "spot", value: "true", effect: "NoSchedule" as const };

/** Of the rules about Kueue's own objects. */
export const kueueCases: readonly SpecCase[] = [
  {
    rule: "kueueNamesOnce",
    wrong: kueue({ localQueues: [...localQueues, ...localQueues] }),
    right: kueue({ localQueues }),
    says: 'kueue.localQueues[1].name: is a name that stands earlier too; got "team"; expected each name once. Rename it.',
  },
  {
    rule: "flavorsAlike",
    wrong: queue(two({ cpu })),
    right: queue(two({ cpu, memory: { nominalQuota: 0 } })),
    says: "kueue.clusterQueues[0].resourceGroups[0].flavors[1].resources.memory: is missing, and another flavor of the group has it; got nothing; expected the same resources in all flavors of a group. Add it, with nominalQuota: 0 if there is none.",
  },
  {
    rule: "countedOnce",
    wrong: kueue({
      clusterQueues: [
        {
          name: "team",
          resourceGroups: [{ flavors: [{ name: "a", resources: { cpu } }] }, { flavors: [{ name: "a", resources: { memory } }] }],
        },
      ],
    }),
    right: kueue({
      clusterQueues: [
        {
          name: "team",
          resourceGroups: [{ flavors: [{ name: "a", resources: { cpu } }] }, { flavors: [{ name: "b", resources: { memory } }] }],
        },
      ],
    }),
    says: 'kueue.clusterQueues[0].resourceGroups[1].flavors[0].name: is a flavor that stands earlier in the queue too; got "a"; expected each once in a queue. Join the groups, or remove one of the two.',
  },
  {
    rule: "countedOnce",
    wrong: kueue({
      clusterQueues: [
        {
          name: "team",
          resourceGroups: [{ flavors: [{ name: "a", resources: { cpu } }] }, { flavors: [{ name: "b", resources: { cpu } }] }],
        },
      ],
    }),
    right: queue(two({ cpu, memory })),
    says: 'kueue.clusterQueues[0].resourceGroups[1]: counts a resource that an earlier group counts; got "cpu"; expected each once in a queue. Join the groups, or remove one of the two.',
  },
  {
    rule: "limitsFitCohort",
    wrong: queue([{ name: "a", resources: { cpu: { ...cpu, borrowingLimit: 5 }, memory } }]),
    right: queue([{ name: "a", resources: { cpu: { ...cpu, borrowingLimit: 5 }, memory } }], { cohortName: "all" }),
    says: "kueue.clusterQueues[0].resourceGroups[0].flavors[0].resources.cpu.borrowingLimit: has nobody to borrow from or lend to; got 5; expected a cohortName beside it. Name the cohort or remove it.",
  },
  {
    rule: "limitsFitCohort",
    wrong: queue(lending("81Gi"), { cohortName: "all" }),
    right: queue(lending("80Gi"), { cohortName: "all" }),
    says: 'kueue.clusterQueues[0].resourceGroups[0].flavors[0].resources.memory.lendingLimit: is above nominalQuota; got "81Gi"; expected at most "80Gi". Lower it.',
  },
  {
    rule: "borrowerReclaims",
    wrong: queue(two({ cpu, memory }), { cohortName: "all", preemption: borrows }),
    right: queue(two({ cpu, memory }), { cohortName: "all", preemption: { ...borrows, reclaimWithinCohort: "Any" } }),
    says: 'kueue.clusterQueues[0].preemption.borrowWithinCohort.policy: ends others\' work to borrow, and does not reclaim what is its own; got "LowerPriority"; expected reclaimWithinCohort: LowerPriority or Any beside it. Set that or remove it.',
  },
  {
    rule: "flavorsRight",
    wrong: kueue({ resourceFlavors: [{ name: "a", topologyName: "racks" }] }),
    right: kueue({ resourceFlavors: [{ name: "a", topologyName: "racks", nodeLabels: { pool: "a" } }] }),
    says: "kueue.resourceFlavors[0].nodeLabels: are missing, and a topology needs one; got nothing; expected at least one beside topologyName. Add one.",
  },
  {
    rule: "flavorsRight",
    wrong: kueue({ resourceFlavors: [{ name: "a", nodeTaints: [taint, { ...taint, value: "false" }] }] }),
    right: kueue({ resourceFlavors: [{ name: "a", nodeTaints: [taint, { ...taint, effect: "NoExecute" }] }] }),
    says: "kueue.resourceFlavors[0].nodeTaints[1]: stands earlier too; got spot:NoSchedule; expected each key and effect once. Remove it.",
  },
  {
    rule: "flavorsRight",
    wrong: kueue({ resourceFlavors: [{ name: "a", nodeLabels: Object.fromEntries("abcdefghi".split("").map((key) => [key, "x"])) }] }),
    right: kueue({ resourceFlavors: [{ name: "a", nodeLabels: Object.fromEntries("abcdefgh".split("").map((key) => [key, "x"])) }] }),
    says: "kueue.resourceFlavors[0].nodeLabels: are too many; got 9; expected at most 8. Remove some.",
  },
  {
    rule: "queueCountsRequests",
    wrong: kueue({ localQueues, clusterQueues: [{ name: "team", resourceGroups: [{ flavors: [{ name: "a", resources: { cpu } }] }] }] }),
    right: kueue({ localQueues, clusterQueues: [{ name: "team", resourceGroups: [{ flavors: two({ cpu, memory }) }] }] }),
    says: 'workerGroups[0].memoryGiB: asks for a resource that the queue team does not count, so that nothing is ever admitted; got "memory"; expected a quota for it in kueue.clusterQueues. Add the quota.',
  },
];
