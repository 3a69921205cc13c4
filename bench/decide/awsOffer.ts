import machineTypes from "../../components/plan/data/awsMachineTypes.json";
import type { DecisionGroup } from "../../contract/decision";

const column = (name: string) => machineTypes.columns.indexOf(name);
const at = {
  name: column("name"),
  vCpus: column("vCpus"),
  memoryMiB: column("memoryMiB"),
  architecture: column("architecture"),
  gpuCount: column("gpuCount"),
  sharedGpu: column("sharedGpu"),
  otherAccelerator: column("otherAccelerator"),
  currentGeneration: column("currentGeneration"),
  bareMetal: column("bareMetal"),
  burstable: column("burstable"),
  price: column("pricePerHourUsd"),
};

const sizes = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"];
const thirtyNames = [
  ...["c6i", "m6i", "r6i"].flatMap((family) => sizes.map((size) => `${family}.${size}`)),
  ...["g4dn.xlarge", "g4dn.2xlarge", "g4dn.12xlarge"],
  ...["g5.xlarge", "g5.2xlarge", "g5.4xlarge", "g5.8xlarge", "g5.12xlarge", "g5.48xlarge"],
];

/** Thirty AWS types at list prices: CPU, general and memory families in seven sizes, and nine with GPUs. */
export function thirtyTypes(maxReplicas: number): DecisionGroup[] {
  return thirtyNames.map((name) =>
    groupOf(
      rowOf((row) => row[at.name] === name),
      { maxReplicas },
    ),
  );
}

/** 400 AWS types of the current generation, spread evenly over all of them, in three zones. */
export function fourHundredTypes(maxReplicas: number): DecisionGroup[] {
  const usual = machineTypes.rows.filter(
    (row) =>
      row[at.architecture] === "x86_64" &&
      row[at.currentGeneration] === 1 &&
      [at.bareMetal, at.burstable, at.sharedGpu, at.otherAccelerator].every((position) => row[position] === 0) &&
      typeof row[at.price] === "number",
  );
  return Array.from({ length: 400 }, (_, i) =>
    groupOf(usual[Math.floor((i * usual.length) / 400)] ?? [], { maxReplicas, labels: { zone: `zone-${i % 3}` } }),
  );
}

type Row = readonly (string | number | null)[];

function rowOf(accepts: (row: Row) => boolean): Row {
  return machineTypes.rows.find(accepts) ?? [];
}

function groupOf(row: Row, rest: Pick<DecisionGroup, "maxReplicas" | "labels">): DecisionGroup {
  const gpus = Number(row[at.gpuCount]);
  return {
    groupName: String(row[at.name]),
    resources: { CPU: Number(row[at.vCpus]), memory: Number(row[at.memoryMiB]) * 2 ** 20, ...(gpus > 0 ? { GPU: gpus } : {}) },
    pricePerHourUsd: Number(row[at.price]),
    ...rest,
  };
}
