import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { DecisionGroup, DecisionRequest, Demand } from "../../contract/decision";

/** Guessed USD per hour: the trace has no prices. One CPU, one GiB, and one GPU of each kind. */
const cpuUsd = 0.034;
const gibUsd = 0.0045;
const gpuUsd: Readonly<Record<string, number>> = { T4: 0.35, P100: 0.9, A10: 0.75, V100M16: 1.9, V100M32: 2.4, G2: 1, G3: 2.8 };

/** Thrown when a trace is not there. */
export class TraceMissing extends Error {
  constructor(readonly path: string) {
    super(`${path}: is missing; got no file; expected a trace. Set RAYFLEET_TRACES to the folder that has it.`);
  }
}

/**
 * All pods of Alibaba's GPU cluster trace of 2023 at once, on the machine types of the same cluster; GPU kinds as label selectors.
 *
 * @throws TraceMissing
 */
export function openbRequest(folder: string, { pods: most }: { pods: number }): DecisionRequest {
  const groups = rowsOf(folder, "alibaba-gpu-2023-nodes.csv.gz").map(groupOf);
  const pods = rowsOf(folder, "alibaba-gpu-2023-pods.csv.gz").slice(0, most);
  const byKey = new Map<string, Demand>();
  for (const pod of pods) {
    const demand = demandOf(pod);
    const key = JSON.stringify([demand.shape, demand.selectors]);
    byKey.set(key, { ...demand, count: (byKey.get(key)?.count ?? 0) + 1 });
  }
  return { groups, nodes: [], demands: [...byKey.values()], gangs: [], requested: [], limits: {} };
}

type Row = Readonly<Record<string, string>>;

function rowsOf(folder: string, file: string): Row[] {
  const lines = textOf(join(folder, file)).trim().split("\n");
  const names = (lines[0] ?? "").split(",");
  return lines.slice(1).map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ""]));
  });
}

function textOf(path: string): string {
  try {
    return gunzipSync(readFileSync(path)).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new TraceMissing(path);
    throw error;
  }
}

function groupOf(row: Row, position: number): DecisionGroup {
  const [cpus, memoryMiB, gpus] = [Number(row["cpu"]), Number(row["memory_mib"]), Number(row["gpu"])];
  const kind = row["gpu_type"] ?? "";
  return {
    groupName: `type-${String(position).padStart(2, "0")}`,
    resources: { CPU: cpus, memory: memoryMiB * 2 ** 20, ...(gpus > 0 ? { GPU: gpus } : {}) },
    labels: kind === "" ? {} : { "gpu-type": kind },
    maxReplicas: 100_000,
    pricePerHourUsd: cpus * cpuUsd + (memoryMiB / 1024) * gibUsd + gpus * (gpuUsd[kind] ?? 1),
  };
}

function demandOf(row: Row): Demand {
  const gpus = Number(row["gpu"]);
  const kinds = (row["gpu_type"] ?? "").split("|").filter((kind) => kind !== "");
  return {
    shape: { CPU: Number(row["cpu"]), memory: Number(row["memory_mib"]) * 2 ** 20, ...(gpus > 0 ? { GPU: gpus } : {}) },
    count: 1,
    ...(kinds.length === 0 ? {} : { selectors: [[{ key: "gpu-type", operator: "In" as const, values: kinds }]] }),
  };
}
