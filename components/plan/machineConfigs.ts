import type { ClusterSpec, WorkerGroupSpec } from "../../contract/clusterSpec";
import { HEAD_GROUP_NAME, type MachineConfig, machineConfigSchema } from "../../contract/machineConfig";
import { nodePorts } from "../../contract/ports";
import { BOOT_REPORT_PREFIX } from "./policies";
import type { WorkerGroupPlan } from "./workerGroups";

const BYTES_PER_GIB = 1024 ** 3;

/** What is known only once the cluster's resources exist. */
export interface MachineConfigFacts {
  /** Private IPv4 address of the head. */
  readonly headAddress: string;
  readonly tokenSecretId: string;
}

/** CPUs and GPUs have an option of their own; all other resources are custom. */
function rayStartResources(
  resources: Readonly<Record<string, number>>,
): Pick<MachineConfig["rayStart"], "numCpus" | "numGpus" | "resources"> {
  const { CPU, GPU, ...custom } = resources;
  return { ...(CPU === undefined ? {} : { numCpus: CPU }), ...(GPU === undefined ? {} : { numGpus: GPU }), resources: custom };
}

function objectStore(objectStoreMemoryGiB: number | undefined): { objectStoreMemoryBytes?: number } {
  return objectStoreMemoryGiB === undefined ? {} : { objectStoreMemoryBytes: Math.round(objectStoreMemoryGiB * BYTES_PER_GIB) };
}

function rayInstall(spec: ClusterSpec): MachineConfig["ray"] {
  const { version, python, install, packages, imageRayBinDirectory } = spec.ray;
  return {
    version,
    python,
    install: install === "wheel" ? { kind: "wheel", packages: [...packages] } : { kind: "image", rayBinDirectory: imageRayBinDirectory },
  };
}

/** What the head and the workers have in common. */
function shared(spec: ClusterSpec, own: Pick<WorkerGroupSpec, "environment" | "setupCommands">, facts: MachineConfigFacts) {
  return {
    schemaVersion: 1,
    clusterName: spec.name,
    headAddress: facts.headAddress,
    ray: rayInstall(spec),
    ports: nodePorts,
    environment: { ...spec.environment, ...own.environment },
    setupCommands: [...spec.setupCommands, ...own.setupCommands],
    tokenSecretId: facts.tokenSecretId,
    dashboardHost: spec.access.users.length === 0 ? "127.0.0.1" : "0.0.0.0",
    orphanTimeoutSeconds: spec.orphanTimeoutSeconds,
    bootReportPrefix: BOOT_REPORT_PREFIX,
  } as const;
}

/**
 * What the head reads when it starts.
 *
 * It offers no CPU and no GPU to Ray, whatever the machine has: a task that eats the head's memory would take the whole cluster with it.
 */
export function headMachineConfig(
  spec: ClusterSpec,
  head: { readonly hasInstanceStore: boolean },
  facts: MachineConfigFacts & { readonly agentConfigParameter: string; readonly gcsStorage?: MachineConfig["gcsStorage"] | undefined },
): MachineConfig {
  return machineConfigSchema.parse({
    ...shared(spec, spec.head, facts),
    role: "head",
    groupName: HEAD_GROUP_NAME,
    rayStart: {
      numCpus: 0,
      numGpus: 0,
      resources: {},
      labels: {},
      ...objectStore(spec.head.objectStoreMemoryGiB),
      params: spec.head.rayStartParams,
    },
    agentConfigParameter: facts.agentConfigParameter,
    ...(facts.gcsStorage === undefined ? {} : { gcsStorage: facts.gcsStorage }),
    spill: head.hasInstanceStore ? "instance-store" : "root-disk",
  });
}

/**
 * What the machines of one worker group read when they start.
 *
 * CPUs and GPUs are given only where the stack file sets them: a machine knows its own better than a table, and the types of one
 * group may differ.
 */
export function workerMachineConfig(spec: ClusterSpec, plan: WorkerGroupPlan, facts: MachineConfigFacts): MachineConfig {
  return machineConfigSchema.parse({
    ...shared(spec, plan.spec, facts),
    role: "worker",
    groupName: plan.groupName,
    rayStart: {
      ...rayStartResources(plan.spec.resources),
      labels: userLabels(plan.labels),
      ...objectStore(plan.spec.objectStoreMemoryGiB),
      params: plan.spec.rayStartParams,
    },
    spill: plan.hasInstanceStore ? "instance-store" : "root-disk",
  });
}

/** Ray makes the labels under `ray.io/` itself, from what it finds on the machine. */
function userLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith("ray.io/")));
}
