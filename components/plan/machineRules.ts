import { type MachineType, machineType, machineTypesOfFamily, nearestMachineType } from "./machineTypes";
import { nearestKey } from "./nearestKey";
import { chooseInstanceTypes, type Needs, offeredGpuTypes, previousTypesWithGpu } from "./needs";
import { quoteValue, type SpecPath } from "./specProblem";
import { knownTypes, placedGroups, type RuleProblem, type SpecRule } from "./specRule";

const mibPerGiB = 1024;

/** What is wrong with a machine type by itself: not known, or of the wrong architecture. */
function typeProblems(name: string, path: SpecPath): readonly RuleProblem[] {
  const type = machineType(name);
  if (type === undefined) {
    const nearest = nearestMachineType(name);
    const family = machineTypesOfFamily(name).map((other) => other.name);
    const known = family.length === 0 ? "the name of an EC2 instance type, such as m7i.4xlarge" : `one of ${family.join(", ")}`;
    const fix = nearest === undefined ? "Choose a type that EC2 has." : `Write ${nearest}.`;
    return [{ path, problem: "is not a known machine type", got: quoteValue(name), expected: nearest ?? known, fix }];
  }
  return type.architecture === "x86_64"
    ? []
    : [
        {
          path,
          problem: "is of an architecture that the runtime is not built for",
          got: `${quoteValue(name)} (${type.architecture})`,
          expected: "an x86_64 type",
          fix: "Choose a type with an Intel or AMD processor.",
        },
      ];
}

const headType: SpecRule = ({ spec }) => typeProblems(spec.head.instanceType, ["head", "instanceType"]);

const groupTypes: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) =>
    (group.instanceTypes ?? []).flatMap((name, index) => typeProblems(name, [...path, "instanceTypes", index])),
  );

const typesOnce: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) =>
    (group.instanceTypes ?? []).flatMap((name, index, names) =>
      names.indexOf(name) === index
        ? []
        : [
            {
              path: [...path, "instanceTypes", index],
              problem: "stands there twice",
              got: quoteValue(name),
              expected: "each type once",
              fix: "Remove one of the two.",
            },
          ],
    ),
  );

/** A node counts as the smallest of its group, so a GPU beside types without one would be paid for and never offered. */
const gpusForAllOrNone: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) => {
    const types = knownTypes(group) ?? [];
    const withGpu = types.filter((type) => type.gpuCount > 0);
    return withGpu.length === 0 || withGpu.length === types.length
      ? []
      : [
          {
            path: [...path, "instanceTypes"],
            problem: "mixes types with and without GPUs",
            got: types.map((type) => `${type.name} (${type.gpuCount})`).join(", "),
            expected: "GPUs in all of them or in none",
            fix: "Make two worker groups.",
          },
        ];
  });

const leastHeadMemoryGiB = 8;

const headMemory: SpecRule = ({ spec }) => {
  const type = machineType(spec.head.instanceType);
  return type === undefined || type.memoryMiB >= leastHeadMemoryGiB * mibPerGiB
    ? []
    : [
        {
          path: ["head", "instanceType"],
          problem: "has too little memory for a head",
          got: `${quoteValue(type.name)} with ${type.memoryMiB / mibPerGiB} GiB`,
          expected: `${leastHeadMemoryGiB} GiB or more`,
          fix: "Choose a larger type; the r5dn class is made for it.",
        },
      ];
};

const headOnDemand: SpecRule = ({ spec }) =>
  spec.head.capacityType === "on-demand"
    ? []
    : [
        {
          path: ["head", "capacityType"],
          problem: "would let the cloud take the head away, and the cluster's state with it",
          got: quoteValue(spec.head.capacityType),
          expected: "on-demand",
          fix: "Remove it; workers may be spot.",
        },
      ];

/** Ray and the tasks need the rest. */
const mostObjectStoreShare = 0.8;

function objectStoreProblem(
  type: MachineType | undefined,
  objectStoreMemoryGiB: number | undefined,
  path: SpecPath,
): readonly RuleProblem[] {
  if (type === undefined || objectStoreMemoryGiB === undefined) {
    return [];
  }
  const mostGiB = (type.memoryMiB / mibPerGiB) * mostObjectStoreShare;
  return objectStoreMemoryGiB <= mostGiB
    ? []
    : [
        {
          path: [...path, "objectStoreMemoryGiB"],
          involves: [
            [...path, "instanceType"],
            [...path, "instanceTypes"],
            [...path, "needs"],
          ],
          problem: "leaves too little memory for Ray and its tasks",
          got: `${objectStoreMemoryGiB} on ${type.name} with ${type.memoryMiB / mibPerGiB} GiB`,
          expected: `${Math.floor(mostGiB * 10) / 10} or less`,
          fix: "Lower it or choose a machine with more memory.",
        },
      ];
}

const objectStoreFits: SpecRule = (draft) => {
  const { head } = draft.spec;
  return [
    ...objectStoreProblem(machineType(head.instanceType), head.objectStoreMemoryGiB, ["head"]),
    ...placedGroups(draft).flatMap(({ group, path }) => {
      const smallest = [...(knownTypes(group) ?? [])].sort((left, right) => left.memoryMiB - right.memoryMiB)[0];
      return objectStoreProblem(smallest, group.objectStoreMemoryGiB, path);
    }),
  ];
};

const typesOrNeeds: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) => {
    const count = [group.instanceTypes, group.needs].filter((key) => key !== undefined).length;
    return count === 1
      ? []
      : [
          {
            path,
            involves: [
              [...path, "instanceTypes"],
              [...path, "needs"],
            ],
            problem: "does not say in one way which machines to use",
            got: count === 0 ? "neither instanceTypes nor needs" : "instanceTypes and needs",
            expected: "exactly one of the two",
            fix: count === 0 ? "Add needs, or instanceTypes." : "Remove one of them.",
          },
        ];
  });

/** AWS refuses a root disk that is smaller than the image's snapshot: every launch of the group would fail. */
const leastGpuRootDiskGiB = 100;

const gpuImageFits: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) => {
    const hasGpu = knownTypes(group)?.some((type) => type.gpuCount > 0) === true;
    const { rootDiskGiB, amiId } = group;
    return !hasGpu || amiId !== undefined || rootDiskGiB === undefined || rootDiskGiB >= leastGpuRootDiskGiB
      ? []
      : [
          {
            path: [...path, "rootDiskGiB"],
            involves: [
              [...path, "instanceTypes"],
              [...path, "needs"],
              [...path, "amiId"],
            ],
            problem: "may be smaller than the default image for machines with a GPU",
            got: String(rootDiskGiB),
            expected: `${leastGpuRootDiskGiB} or more, or an image of your own`,
            fix: "Raise it, or remove it for the default of 150.",
          },
        ];
  });

function gpuTypeProblem(gpuType: string, path: SpecPath): RuleProblem {
  const previous = previousTypesWithGpu(gpuType);
  const nearest = nearestKey(gpuType, offeredGpuTypes);
  const rename = nearest === undefined ? "Choose one of them." : `Write ${nearest}.`;
  return {
    path: [...path, "needs", "gpu", "type"],
    problem: "is not a GPU of any current machine type",
    got: quoteValue(gpuType),
    expected: `one of ${offeredGpuTypes.join(", ")}`,
    fix: previous.length === 0 ? rename : `To use a previous generation name it: instanceTypes: [${previous.slice(0, 3).join(", ")}].`,
  };
}

function needsProblems(needs: Needs, path: SpecPath): readonly RuleProblem[] {
  const got = quoteValue(needs);
  if (Object.keys(needs).length === 0) {
    return [
      { path, involves: [path], problem: "asks for nothing", got, expected: "cpu, memoryGiB or gpu", fix: "Say what a node must have." },
    ];
  }
  const { instanceTypes, nearest } = chooseInstanceTypes(needs);
  if (instanceTypes.length > 0) {
    return [];
  }
  if (needs.gpu?.type !== undefined && !offeredGpuTypes.includes(needs.gpu.type)) {
    return [gpuTypeProblem(needs.gpu.type, path.slice(0, -1))];
  }
  const near = nearest === undefined ? "" : `; ${nearest.instanceType} comes nearest and has ${nearest.lacks}`;
  return [
    {
      path,
      involves: [path],
      problem: "is met by no current x86_64 machine type",
      got,
      expected: `what one machine has${near}`,
      fix: "Ask for less, or name a machine type under instanceTypes.",
    },
  ];
}

const needsCanBeMet: SpecRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) => (group.needs === undefined ? [] : needsProblems(group.needs, [...path, "needs"])));

/** Rules about machines: the head's, the groups', and what has to fit into them. */
export const machineRules: Readonly<Record<string, SpecRule>> = {
  headType,
  headMemory,
  headOnDemand,
  typesOrNeeds,
  groupTypes,
  typesOnce,
  gpusForAllOrNone,
  needsCanBeMet,
  objectStoreFits,
  gpuImageFits,
};
