import { HEAD_GROUP_NAME, type MachineConfig, managedRayStartParams } from "../contract/machineConfig";
import type { HardwareFacts } from "./hardwareFacts";
import type { MachineIdentity } from "./instanceMetadata";
import type { GcsStorageAccess } from "./steps/gcsStorage";
import { wantedObjectStoreBytes } from "./steps/sharedMemory";

/** All that decides how Ray is started on a machine. */
export interface RayStartInput {
  readonly config: MachineConfig;
  readonly identity: MachineIdentity;
  readonly hardware: HardwareFacts;
  /** Folder of the `ray` command. */
  readonly rayBinDirectory: string;
  readonly objectStoreBytes: number;
  readonly spillDirectory: string;
  readonly tokenFile: string;
  readonly gcsStorage?: GcsStorageAccess;
}

/** A program with its arguments, and what is added to its environment. */
export interface RayStartCommand {
  readonly argv: readonly string[];
  /** Further arguments, by name, whose values must be in no log and no report. Ray takes the password of Redis in no other way. */
  readonly secretParams: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Short, because Ray's socket paths below it must stay under 107 bytes. Not under `/tmp`: on Amazon Linux 2023 that is memory, and what is not
 * used for ten days is removed from it; logs and runtime environments would take the machine's memory, and a head's session would fall apart.
 *
 * @see docs.aws.amazon.com/linux/al2023/ug/filesystem-slash-tmp.html
 */
const RAY_TEMP_DIRECTORY = "/var/lib/rayfleet/ray";
/** In the environment of every process that comes from our `ray start`, so that left-overs of this machine, and of no other, are found. */
export const OWNER_VARIABLE = "RAYFLEET_RAY_OWNER";

/** Parameters that `ray start` takes without a value. As in KubeRay `true` sets one, `false` leaves it out. */
const SWITCHES: ReadonlySet<string> = new Set([
  "head",
  "block",
  "no-monitor",
  "disable-usage-stats",
  "no-redirect-output",
  "ray-debugger-external",
  "enable-resource-isolation",
  "enable-object-reconstruction",
  "verbose",
]);

/** Environment variables that say who we are; the user's may not replace them. */
function identityEnvironment({ config, identity }: RayStartInput): Record<string, string> {
  return {
    RAY_CLOUD_INSTANCE_ID: identity.instanceId,
    RAY_NODE_TYPE_NAME: config.role === "head" ? HEAD_GROUP_NAME : config.groupName,
    RAY_CLOUD_INSTANCE_TYPE_NAME: identity.instanceType,
    ...(identity.marketType === undefined ? {} : { RAY_NODE_MARKET_TYPE: identity.marketType }),
    RAY_NODE_REGION: identity.region,
    RAY_NODE_ZONE: identity.zone,
    [OWNER_VARIABLE]: identity.instanceId,
  };
}

function storageEnvironment({ gcsStorage }: RayStartInput): Record<string, string> {
  if (gcsStorage === undefined) return {};
  return { RAY_REDIS_ADDRESS: gcsStorage.redisAddress, RAY_external_storage_namespace: gcsStorage.externalStorageNamespace };
}

function environmentOf(input: RayStartInput): Record<string, string> {
  const certificatesFile = input.gcsStorage?.certificatesFile;
  return {
    // Ray's default of 60 s would end every worker in a short outage of the head, although with stored state it could go on.
    RAY_gcs_rpc_server_reconnect_timeout_s: String(input.config.orphanTimeoutSeconds),
    // A user whose store has a certificate authority of its own names it here.
    ...(certificatesFile === undefined ? {} : { RAY_REDIS_CA_CERT: certificatesFile }),
    ...input.config.environment,
    ...identityEnvironment(input),
    ...storageEnvironment(input),
    ...(input.config.role === "head" ? { RAY_enable_autoscaler_v2: "1" } : {}),
    RAY_AUTH_MODE: "token",
    RAY_AUTH_TOKEN_PATH: input.tokenFile,
  };
}

function portParams({ config, identity }: RayStartInput): Record<string, string> {
  const { ports } = config;
  const roleParams =
    config.role === "head"
      ? {
          head: "true",
          "no-monitor": "true",
          port: String(ports.gcs),
          "ray-client-server-port": String(ports.rayClient),
          "dashboard-host": config.dashboardHost,
          "dashboard-port": String(ports.dashboard),
        }
      : { address: `${config.headAddress}:${ports.gcs}` };
  return {
    ...roleParams,
    "node-ip-address": identity.privateAddress,
    "node-manager-port": String(ports.nodeManager),
    "object-manager-port": String(ports.objectManager),
    "runtime-env-agent-port": String(ports.runtimeEnvAgent),
    "dashboard-agent-grpc-port": String(ports.dashboardAgentGrpc),
    "dashboard-agent-listen-port": String(ports.dashboardAgentHttp),
    "metrics-export-port": String(ports.metrics),
    "min-worker-port": String(ports.minWorker),
    "max-worker-port": String(ports.maxWorker),
    "temp-dir": RAY_TEMP_DIRECTORY,
    block: "true",
  };
}

/** Numbers are given only where the configuration or the image states them: otherwise Ray looks at the machine itself. */
function sizeParams({ config, hardware, objectStoreBytes }: RayStartInput): Record<string, string> {
  const { stated, osMemoryBytes } = hardware;
  const cpus = config.role === "head" ? 0 : (config.rayStart.numCpus ?? (stated === undefined ? undefined : Math.floor(stated.cpus)));
  const gpus = config.rayStart.numGpus ?? stated?.gpus;
  const params: Record<string, string> = { "object-store-memory": String(objectStoreBytes) };
  if (cpus !== undefined) params["num-cpus"] = String(cpus);
  if (gpus !== undefined) params["num-gpus"] = String(gpus);
  if (stated !== undefined) {
    const store = wantedObjectStoreBytes({
      ...(config.rayStart.objectStoreMemoryBytes === undefined ? {} : { configuredBytes: config.rayStart.objectStoreMemoryBytes }),
      osMemoryBytes: Math.max(osMemoryBytes, stated.memoryBytes),
      statedMemoryBytes: stated.memoryBytes,
    });
    params["memory"] = String(stated.memoryBytes - store);
  }
  return params;
}

function resourceParams({ config, hardware }: RayStartInput): Record<string, string> {
  const gpuType = hardware.stated?.gpuType;
  const offersGpus = gpuType !== undefined && (config.rayStart.numGpus ?? hardware.stated?.gpus ?? 0) > 0;
  const resources = { ...(offersGpus ? { [`accelerator_type:${gpuType}`]: 1 } : {}), ...config.rayStart.resources };
  const labels = { ...(offersGpus ? { "ray.io/accelerator-type": gpuType } : {}), ...config.rayStart.labels };
  const params: Record<string, string> = {};
  if (Object.keys(resources).length > 0) params["resources"] = JSON.stringify(resources);
  if (Object.keys(labels).length > 0) {
    params["labels"] = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  }
  return params;
}

function userParams(config: MachineConfig): Readonly<Record<string, string>> {
  const { params } = config.rayStart;
  const managed = Object.keys(params).filter((name) => managedRayStartParams.includes(name));
  if (config.role === "head" && params["num-cpus"] !== undefined && params["num-cpus"] !== "0") managed.push("num-cpus");
  if (managed.length === 0) return params;
  throw new Error(
    `rayStartParams: rayfleet sets these itself; got ${managed.map((name) => `${name}=${params[name]}`).join(", ")}; ` +
      `expected none of ${managedRayStartParams.join(", ")}, and num-cpus 0 on the head. Remove them.`,
  );
}

function argument([name, value]: [string, string]): readonly string[] {
  if (!SWITCHES.has(name)) return [`--${name}=${value}`];
  return value === "false" ? [] : [`--${name}`];
}

/**
 * How Ray is started on this machine: every port pinned, the built-in autoscaler off, the head without CPUs for tasks, token
 * authentication on, and the names by which the agent and Ray's labels know the node.
 *
 * Input → output: facts → arguments and environment; the same for the same facts. Parameters of the user win where they may.
 *
 * Never: a token; a password but in `secretParams`; a random port; a CPU on the head.
 * @throws Error when the user's parameters contain one that rayfleet must set itself
 * @see facts of Ray 2.60: `ray start --help`, and for hidden ones (`--labels`, `--memory`, `--no-monitor`) its source
 */
export function rayStartCommand(input: RayStartInput): RayStartCommand {
  const params = {
    ...portParams(input),
    ...sizeParams(input),
    ...resourceParams(input),
    "object-spilling-directory": input.spillDirectory,
    "disable-usage-stats": "true",
    "log-style": "record",
    ...(input.gcsStorage?.redisUsername === undefined ? {} : { "redis-username": input.gcsStorage.redisUsername }),
    ...userParams(input.config),
  };
  const args = Object.entries(params).flatMap(argument);
  const password = input.gcsStorage?.redisPassword;
  return {
    argv: [`${input.rayBinDirectory}/ray`, "start", ...args],
    secretParams: password === undefined ? {} : { "redis-password": password },
    environment: environmentOf(input),
  };
}
