import { groupNamesFree, groupNamesOnce } from "./groupNameRules";
import { idleTimeoutOverTicks, minimaUnderClusterMaximum, minimumUnderMaximum } from "./groupSizeRules";
import { quoteValue } from "./specProblem";
import { knownTypes, placedGroups, type RuleProblem, type SpecRule } from "./specRule";
import { valueAt } from "./specShape";

/** Token authentication, which every cluster has on, is complete from this release. */
const oldestRay = { major: 2, minor: 54 } as const;

const rayNotTooOld: SpecRule = ({ spec }) => {
  const [major = 0, minor = 0] = spec.ray.version.split(".").map(Number);
  return major > oldestRay.major || (major === oldestRay.major && minor >= oldestRay.minor)
    ? []
    : [
        {
          path: ["ray", "version"],
          problem: "is too old for token authentication",
          got: quoteValue(spec.ray.version),
          expected: `${oldestRay.major}.${oldestRay.minor}.0 or later`,
          fix: "Take a later release.",
        },
      ];
};

const installKeysMatch: SpecRule = ({ spec, written }) => {
  const ineffective = spec.ray.install === "image" ? "packages" : "imageRayBinDirectory";
  const value = valueAt(written, ["ray", ineffective]);
  const install = spec.ray.install === "image" ? "wheel" : "image";
  return value === undefined || (Array.isArray(value) && value.length === 0)
    ? []
    : [
        {
          path: ["ray", ineffective],
          involves: [["ray", "install"]],
          problem: `has no effect with install: ${spec.ray.install}`,
          got: quoteValue(value),
          expected: `install: ${install} beside it`,
          fix: `Remove it or set ray.install: ${install}.`,
        },
      ];
};

/** Versions that Amazon Linux 2023, the default image, has packages of. @see docs.aws.amazon.com/linux/al2023/ug/python.html */
const defaultImagePythons: readonly string[] = ["3.11", "3.12", "3.13"];

/** Set-up commands run before Ray is installed, and may bring any Python. */
const pythonOnDefaultImage: SpecRule = ({ spec }) => {
  const { python, install } = spec.ray;
  const bare = [spec.head, ...spec.workerGroups].some((machine) => machine.amiId === undefined && machine.setupCommands.length === 0);
  return install !== "wheel" || defaultImagePythons.includes(python) || spec.setupCommands.length > 0 || !bare
    ? []
    : [
        {
          path: ["ray", "python"],
          involves: [["ray", "install"], ["head"], ["workerGroups"], ["setupCommands"]],
          problem: "is not to be had on Amazon Linux 2023, the default image",
          got: quoteValue(python),
          expected: `one of ${defaultImagePythons.join(", ")}`,
          fix: "Take one of them, name an amiId that has it for head and groups, or install it by setupCommands.",
        },
      ];
};

const onDemandBaseWithSpot: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }): readonly RuleProblem[] => {
    const at = { path: [...path, "onDemandBaseReplicas"], got: String(group.onDemandBaseReplicas) };
    if (group.onDemandBaseReplicas > 0 && group.capacityType === "on-demand") {
      const fix = "Remove it or set capacityType: spot.";
      const involves = [[...path, "capacityType"]];
      return [{ ...at, involves, problem: "has no effect without spot", expected: "0 with capacityType: on-demand", fix }];
    }
    if (group.onDemandBaseReplicas > group.maxReplicas) {
      const got = `${group.onDemandBaseReplicas} > ${group.maxReplicas}`;
      return [
        {
          ...at,
          got,
          problem: "is above maxReplicas",
          expected: "onDemandBaseReplicas ≤ maxReplicas",
          fix: "Lower it or raise maxReplicas.",
        },
      ];
    }
    return [];
  });

const budgetCoversMinimum: SpecRule = ({ spec }) => {
  const { maxHourlyUsd } = spec.budget;
  const minimumUsd = spec.workerGroups.reduce((sum, group) => sum + group.minReplicas * (knownTypes(group)?.[0]?.pricePerHourUsd ?? 0), 0);
  return maxHourlyUsd === undefined || minimumUsd <= maxHourlyUsd
    ? []
    : [
        {
          path: ["budget", "maxHourlyUsd"],
          problem: "is below what the workers cost at minReplicas",
          got: `${maxHourlyUsd} < ${(Math.ceil(minimumUsd * 100) / 100).toFixed(2)}`,
          expected: "the cost of the minimum or more, at on-demand list prices",
          fix: "Raise it, or lower minReplicas or the size of the machines.",
        },
      ];
};

/** Rules about Ray's version and the numbers of worker groups. */
export const groupRules: Readonly<Record<string, SpecRule>> = {
  rayNotTooOld,
  installKeysMatch,
  pythonOnDefaultImage,
  groupNamesOnce,
  groupNamesFree,
  minimumUnderMaximum,
  minimaUnderClusterMaximum,
  onDemandBaseWithSpot,
  idleTimeoutOverTicks,
  budgetCoversMinimum,
};
