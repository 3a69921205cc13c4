import type { BootStage } from "../contract/bootReport";
import type { MachineConfig } from "../contract/machineConfig";
import type { AwsCalls } from "./awsCalls";
import type { BootReporter } from "./bootReporter";
import { type HardwareFacts, readHardware } from "./hardwareFacts";
import type { MachineIdentity } from "./instanceMetadata";
import type { MachineAccess } from "./machineAccess";
import { type BootEnvironment, parseMachineConfig } from "./steps/configuration";
import { prepareDisks } from "./steps/disks";
import { type GcsStorageAccess, prepareGcsStorage } from "./steps/gcsStorage";
import { raiseOpenFiles } from "./steps/limits";
import { provideRay } from "./steps/rayInstall";
import { awaitToken, makeToken, storeToken } from "./steps/rayToken";
import { runSetupCommands } from "./steps/setupCommands";
import { prepareSharedMemory, wantedObjectStoreBytes } from "./steps/sharedMemory";

/** What a machine is and is to become; known after the first stage. */
export interface NodeConfiguration {
  readonly config: MachineConfig;
  readonly identity: MachineIdentity;
  readonly hardware: HardwareFacts;
}

/** A machine on which Ray can be started. */
export interface PreparedNode extends NodeConfiguration {
  readonly rayBinDirectory: string;
  readonly objectStoreBytes: number;
  readonly spillDirectory: string;
  /** Absent: Ray's control store stays in the head's memory; always so on a worker. */
  readonly gcsStorage?: GcsStorageAccess;
}

export interface BootInput {
  readonly machine: MachineAccess;
  readonly environment: BootEnvironment;
  readonly metadata: { identity(): Promise<MachineIdentity> };
  readonly aws: AwsCalls;
  readonly reporter: BootReporter;
  readonly processId: number;
  /** 32 random bytes as hexadecimal text. */
  readonly randomToken: () => string;
  /** Certificate authorities that this machine trusts, PEM. */
  readonly certificates: () => readonly string[];
}

/** A stage failed; `stage` and the reason stand in the boot report. `configuration` is absent when not even that was read. */
export class BootError extends Error {
  override readonly name = "BootError";

  constructor(
    readonly stage: BootStage,
    reason: string,
    readonly configuration: NodeConfiguration | undefined,
  ) {
    super(reason);
  }
}

async function configure({ machine, environment, metadata, aws, reporter }: BootInput): Promise<NodeConfiguration> {
  const [identity, hardware, text] = await Promise.all([
    metadata.identity(),
    readHardware(machine.files),
    aws.bucket.read(environment.machineConfigKey),
  ]);
  const config = parseMachineConfig(environment.machineConfigKey, text);
  try {
    const roleId = await aws.roleId();
    reporter.place({ prefix: config.bootReportPrefix, roleId, instanceId: identity.instanceId, groupName: config.groupName });
  } catch (error) {
    // Without a name for the report the machine still works; only the agent sees less of its start.
    machine.log("boot-report-without-place", { error: error instanceof Error ? error.message : String(error) });
  }
  machine.log("machine", { ...identity, role: config.role, groupName: config.groupName, clusterName: config.clusterName });
  return { config, identity, hardware };
}

function objectStoreSize({ config, hardware }: NodeConfiguration): number {
  const configuredBytes = config.rayStart.objectStoreMemoryBytes;
  return wantedObjectStoreBytes({
    ...(configuredBytes === undefined ? {} : { configuredBytes }),
    ...(hardware.stated === undefined ? {} : { statedMemoryBytes: hardware.stated.memoryBytes }),
    osMemoryBytes: hardware.osMemoryBytes,
  });
}

async function provideToken(input: BootInput, config: MachineConfig): Promise<void> {
  const secret = input.aws.tokenSecret(config.tokenSecretId);
  const token =
    config.role === "head"
      ? await makeToken(secret, input.randomToken)
      : await awaitToken(input.machine, secret, config.orphanTimeoutSeconds);
  await storeToken(input.machine, token);
}

/**
 * Prepares the machine, stage by stage in the order of `bootStages`; each is announced before it begins. Running it again on a machine that
 * is prepared changes nothing.
 *
 * @throws BootError at the first stage that fails
 */
export async function boot(input: BootInput): Promise<PreparedNode> {
  const { machine, reporter } = input;
  let configuration: NodeConfiguration | undefined;
  const stage = async <T>(name: BootStage, work: () => Promise<T>): Promise<T> => {
    reporter.enter(name);
    try {
      return await work();
    } catch (error) {
      throw new BootError(name, error instanceof Error ? error.message : String(error), configuration);
    }
  };
  const node = await stage("configuration", () => configure(input));
  configuration = node;
  const { config, hardware } = node;
  const spillDirectory = await stage("disks", () => prepareDisks(machine, config.spill));
  await stage("limits", () => raiseOpenFiles(machine, { processId: input.processId, sizeIsStated: hardware.stated !== undefined }));
  const objectStoreBytes = await stage("shared-memory", () => prepareSharedMemory(machine, objectStoreSize(node)));
  await stage("setup-commands", () => runSetupCommands(machine, { commands: config.setupCommands, environment: config.environment }));
  const rayBinDirectory = await stage("ray-install", () => provideRay(machine, config.ray, config.environment));
  const gcsStorage = await stage("token", async () => {
    await provideToken(input, config);
    const readSecret = (secretId: string) => input.aws.tokenSecret(secretId).read();
    return prepareGcsStorage(machine, config.gcsStorage, { readSecret, certificates: input.certificates });
  });
  return { ...node, spillDirectory, objectStoreBytes, rayBinDirectory, ...(gcsStorage === undefined ? {} : { gcsStorage }) };
}
