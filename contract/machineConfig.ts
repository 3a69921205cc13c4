import * as z from "zod";
import { nodePortsSchema } from "./ports";

/** Ray's own name for the head's group; no worker group may be called so. */
export const HEAD_GROUP_NAME = "headgroup";

/**
 * How Ray gets onto a machine.
 *
 * `wheel`: the node service makes a virtual environment and installs `ray[default]==version` by pip.
 * `image`: the machine image has it; `rayBinDirectory` is the folder that holds the `ray` and `python` commands.
 */
const rayInstallSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("wheel"), packages: z.array(z.string()) }),
  z.strictObject({ kind: z.literal("image"), rayBinDirectory: z.string() }),
]);

/** Where Ray's control store is kept outside the head, as the head needs it. */
const gcsStorageSchema = z.strictObject({
  /** As Ray takes it: `rediss://host:port` with TLS, `redis://host:port` without. */
  redisAddress: z.string(),
  /** Absent: Redis' own default user. */
  redisUsername: z.string().optional(),
  /** Secrets Manager name or ARN of the password; absent: none is asked for. */
  redisPasswordSecretId: z.string().optional(),
  /** Beginning of every key, different in each cluster and the same for all heads of one. */
  externalStorageNamespace: z.string(),
});

/**
 * What one machine must know to become a Ray node. One object per role in the artifact bucket (`machine/<groupName>.json`), read at boot
 * by the node service: a change of it changes no user data, so nothing is replaced and the next machine to boot has it.
 */
export const machineConfigSchema = z.strictObject({
  schemaVersion: z.literal(1),
  clusterName: z.string(),
  role: z.enum(["head", "worker"]),
  /** Worker group name, or {@link HEAD_GROUP_NAME}. */
  groupName: z.string(),
  /** Private IPv4 address of the head. */
  headAddress: z.string(),
  ray: z.strictObject({ version: z.string(), python: z.string(), install: rayInstallSchema }),
  ports: nodePortsSchema,
  rayStart: z.strictObject({
    /** CPUs offered to Ray, whole; absent: what the machine has. The head always has 0. */
    numCpus: z.int().nonnegative().optional(),
    /** GPUs offered to Ray, whole; absent: what the machine has. */
    numGpus: z.int().nonnegative().optional(),
    /** Custom resources, by name. */
    resources: z.record(z.string(), z.number()),
    labels: z.record(z.string(), z.string()),
    objectStoreMemoryBytes: z.int().positive().optional(),
    /**
     * Further `ray start` parameters as in KubeRay: name without dashes → value; `true` for a switch. They win over what the node service
     * would set, {@link managedRayStartParams} excepted, which are refused.
     */
    params: z.record(z.string(), z.string()),
  }),
  environment: z.record(z.string(), z.string()),
  /** Shell commands, run as root before Ray starts, cluster's first, then the group's. */
  setupCommands: z.array(z.string()),
  /** Secrets Manager name or ARN of the Ray token. The head makes the value once; workers wait for it. */
  tokenSecretId: z.string(),
  /** SSM parameter with the agent's configuration; only the head has one. */
  agentConfigParameter: z.string().optional(),
  /** Only the head may have one; absent: the control store is kept in the head's memory and lost with it. */
  gcsStorage: gcsStorageSchema.optional(),
  /** The dashboard listens on all addresses only when somebody may reach it; otherwise on loopback. */
  dashboardHost: z.enum(["127.0.0.1", "0.0.0.0"]),
  /** Where objects spill: on the instance store when there is one. */
  spill: z.enum(["instance-store", "root-disk"]),
  /** A worker that has seen no head for this long ends itself. */
  orphanTimeoutSeconds: z.int().positive(),
  /** Folder for boot reports in the artifact bucket. */
  bootReportPrefix: z.string(),
});

export type MachineConfig = z.infer<typeof machineConfigSchema>;

/**
 * `ray start` parameters that a user may not set: the node service pins them so that the firewall, the agent and the watchdog of the raylet
 * agree with what runs.
 */
export const managedRayStartParams: readonly string[] = [
  "head",
  "block",
  "no-monitor",
  "address",
  "port",
  "node-ip-address",
  "node-manager-port",
  "object-manager-port",
  "runtime-env-agent-port",
  "dashboard-agent-grpc-port",
  "dashboard-agent-listen-port",
  "metrics-export-port",
  "min-worker-port",
  "max-worker-port",
  "worker-port-list",
  "ray-client-server-port",
  "dashboard-host",
  "dashboard-port",
  "temp-dir",
  "autoscaling-config",
  "redis-username",
  "redis-password",
];

/**
 * What the shim in the user data hands to the node service, as environment variables of the same names.
 * It holds no secret.
 */
export const bootEnvironmentNames = {
  bucket: "RAYFLEET_BUCKET",
  machineConfigKey: "RAYFLEET_MACHINE_CONFIG_KEY",
  region: "RAYFLEET_REGION",
  bundleDirectory: "RAYFLEET_BUNDLE_DIRECTORY",
} as const;

/**
 * Hardware a machine image may state for itself at `/etc/rayfleet/hardware.json`, where the operating system shows the host's
 * numbers instead of the machine's own (containers, the emulator). Absent on ordinary machines.
 */
export const hardwareSchema = z.strictObject({
  cpus: z.number().positive(),
  memoryBytes: z.int().positive(),
  gpus: z.int().nonnegative(),
  gpuType: z.string().optional(),
});

export type Hardware = z.infer<typeof hardwareSchema>;

export const HARDWARE_FILE = "/etc/rayfleet/hardware.json";
