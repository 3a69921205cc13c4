import type { SpecRule } from "./specRule";
import { vcpusCounted, vcpusOfHead } from "./vcpuQuotas";
import { groupInstanceTypes } from "./workerGroups";

const quotasOnce: SpecRule = ({ spec }) =>
  spec.budget.vcpuQuotas.flatMap(({ market, family }, index, all) =>
    all.findIndex((other) => other.market === market && other.family === family) === index
      ? []
      : [
          {
            path: ["budget", "vcpuQuotas", index],
            problem: "is for the same market and family as an earlier one",
            got: `${market} ${family}`,
            expected: "one entry for each market and family",
            fix: "Remove one of the two.",
          },
        ],
  );

const quotaCoversMinimum: SpecRule = ({ spec }) =>
  spec.budget.vcpuQuotas.flatMap((quota, index) => {
    const least = spec.workerGroups.reduce(
      (sum, group) => sum + group.minReplicas * vcpusCounted(quota, group, groupInstanceTypes(group)),
      vcpusOfHead(quota, spec.head.instanceType),
    );
    return least <= quota.maxVcpus
      ? []
      : [
          {
            path: ["budget", "vcpuQuotas", index, "maxVcpus"],
            involves: [["workerGroups"], ["head", "instanceType"]],
            problem: "is below what the head and the workers at minReplicas use of it",
            got: `${quota.maxVcpus} < ${least}`,
            expected: `${least} or more`,
            fix: "Ask AWS for a higher quota, or lower minReplicas or the size of the machines.",
          },
        ];
  });

/** Rules about the account's vCPU quotas. */
export const quotaRules: Readonly<Record<string, SpecRule>> = { quotasOnce, quotaCoversMinimum };
