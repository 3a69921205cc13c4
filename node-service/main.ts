import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { bootEnvironmentNames } from "../contract/machineConfig";
import { AgentProcess, agentEnvironment } from "./agentProcess";
import { type AwsCalls, awsCalls } from "./awsCalls";
import { BootReporter } from "./bootReporter";
import { BootError, boot, type NodeConfiguration, type PreparedNode } from "./bootSequence";
import { takesConnections } from "./headProbe";
import { InstanceMetadata } from "./instanceMetadata";
import type { Log, MachineAccess } from "./machineAccess";
import { awaitHeadOrEnd } from "./orphanWait";
import { rayStartCommand } from "./rayStartCommand";
import { RaySupervisor } from "./raySupervisor";
import { chooseLogFolder, realMachine } from "./realMachine";
import { RotatingFile } from "./rotatingFile";
import type { BootEnvironment } from "./steps/configuration";
import { provideCommand } from "./steps/headCommand";
import { TOKEN_FILE } from "./steps/rayToken";
import { systemClock } from "./systemClock";

const log: Log = (event, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);
};

function readEnvironment(): BootEnvironment {
  const missing = Object.values(bootEnvironmentNames).filter((name) => !process.env[name]);
  if (missing.length > 0)
    throw new Error(`environment: is incomplete; got no ${missing.join(", ")}; expected what the boot shim sets. Start it by the shim.`);
  const read = (name: string): string => process.env[name] ?? "";
  return {
    region: read(bootEnvironmentNames.region),
    bucket: read(bootEnvironmentNames.bucket),
    machineConfigKey: read(bootEnvironmentNames.machineConfigKey),
    bundleDirectory: read(bootEnvironmentNames.bundleDirectory),
  };
}

interface Service {
  readonly environment: BootEnvironment;
  readonly machine: MachineAccess;
  readonly metadata: InstanceMetadata;
  readonly aws: AwsCalls;
  readonly reporter: BootReporter;
  readonly logFolder: string;
}

function makeService(stop: AbortSignal): Service {
  const environment = readEnvironment();
  const logFolder = chooseLogFolder();
  const aws = awsCalls({
    region: environment.region,
    bucketName: environment.bucket,
    customEndpoint: Boolean(process.env["AWS_ENDPOINT_URL"]),
    stop,
  });
  return {
    environment,
    logFolder,
    aws,
    machine: realMachine(log, stop, logFolder),
    metadata: new InstanceMetadata(systemClock, stop, process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || undefined),
    reporter: new BootReporter(log, systemClock.epochMs, (key, text) => aws.bucket.write(key, text)),
  };
}

function supervisor(service: Service, node: PreparedNode): RaySupervisor {
  const { config, identity } = node;
  return new RaySupervisor({
    policy: { role: config.role, orphanTimeoutSeconds: config.orphanTimeoutSeconds },
    command: rayStartCommand({ ...node, tokenFile: TOKEN_FILE }),
    owner: identity.instanceId,
    rayBinDirectory: node.rayBinDirectory,
    log,
    clock: systemClock,
    file: new RotatingFile(join(service.logFolder, "ray-start.log")),
    reporter: service.reporter,
    headAnswers: () => takesConnections(config.headAddress, config.ports.gcs),
    spotNotice: () => service.metadata.spotNotice(),
    endMachine: () => service.aws.endThroughGroup(identity.instanceId),
  });
}

async function runNode(service: Service, node: PreparedNode, stop: AbortSignal): Promise<void> {
  const environment = agentEnvironment({
    config: node.config,
    region: service.environment.region,
    tokenFile: TOKEN_FILE,
    logFolder: service.logFolder,
  });
  const work = [supervisor(service, node).run(stop)];
  if (environment !== undefined) {
    const { bundleDirectory } = service.environment;
    await provideCommand(service.machine, { node: process.execPath, script: join(bundleDirectory, "rayfleet.js") });
    const file = new RotatingFile(join(service.logFolder, "agent.log"));
    work.push(new AgentProcess({ clock: systemClock, log, file }, bundleDirectory, environment).run(stop));
  }
  await Promise.all(work);
}

/** A worker that cannot start and has no head must not cost money for ever; with a head, the agent ends it at its boot deadline. */
async function afterFailure(service: Service, configuration: NodeConfiguration | undefined, stop: AbortSignal): Promise<void> {
  if (configuration === undefined || configuration.config.role === "head") return;
  const { config, identity } = configuration;
  await awaitHeadOrEnd({
    clock: systemClock,
    log,
    stop,
    orphanTimeoutSeconds: config.orphanTimeoutSeconds,
    headAnswers: () => takesConnections(config.headAddress, config.ports.gcs),
    endMachine: () => service.aws.endThroughGroup(identity.instanceId),
  });
}

async function main(): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log("stop-requested", { signal });
      stopping.abort();
    });
  }
  const service = makeService(stopping.signal);
  const { machine, metadata, aws, reporter, environment } = service;
  try {
    const node = await boot({
      machine,
      metadata,
      aws,
      reporter,
      environment,
      processId: process.pid,
      randomToken: () => randomBytes(32).toString("hex"),
      // Node's own list, and what NODE_EXTRA_CA_CERTS names: the same on every image.
      certificates: () => getCACertificates("default"),
    });
    await runNode(service, node, stopping.signal);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    reporter.fail(error instanceof Error ? error.message : String(error));
    await reporter.flush();
    await afterFailure(service, error instanceof BootError ? error.configuration : undefined, stopping.signal);
    return 1;
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    log("service-failed", { reason: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  },
);
