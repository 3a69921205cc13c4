import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { artifactManifestSchema } from "../../contract/artifactManifest";
import { HARDWARE_FILE } from "../../contract/machineConfig";
import { machineHardware } from "./machineHardware";
import type { MachineRecord } from "./machineRecord";
import { CACHE_CERTIFICATE_FILE, GRACE_SECONDS, IMAGE_PATH, type MetalSettings, socketNames } from "./metalSettings";

/** Where a machine has the certificate of the cloud's caches. Amazon's are signed by authorities that every image knows. */
const CERTIFICATE_IN_IMAGE = "/etc/ssl/emulated-elasticache.pem";

/** What machine.py reads on its standard input. */
export interface MachineSpecification {
  readonly hostname: string;
  readonly address: string;
  readonly bridge: string;
  /** Name of the cloud's end of the machine's cable; at most 15 letters. */
  readonly link: string;
  readonly sessionSocket: string;
  readonly metadataSocket: string;
  readonly userData: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly graceSeconds: number;
  readonly blueprint: {
    readonly stage: string;
    readonly keep: readonly string[];
    readonly links: Readonly<Record<string, string>>;
    readonly files: Readonly<Record<string, string>>;
  };
}

/** Puts together what one machine is: network, file system and environment of its image, and its user data. */
export async function machineSpecification(
  settings: MetalSettings,
  record: MachineRecord,
  userData: string,
): Promise<MachineSpecification> {
  const hostname = record.privateDnsName.split(".")[0] ?? record.instanceId;
  return {
    hostname,
    address: record.privateIpAddress,
    bridge: settings.bridge,
    link: `m${record.instanceId.slice(-12)}`,
    sessionSocket: join(settings.socketDirectory, socketNames.session(record.instanceId)),
    metadataSocket: join(settings.socketDirectory, socketNames.metadata(record.instanceId)),
    userData,
    environment: machineEnvironment(settings, record.region),
    graceSeconds: GRACE_SECONDS,
    blueprint: {
      stage: join(settings.socketDirectory, "stage"),
      keep: [settings.venvDirectory, settings.pythonDirectory, settings.nodeBinary],
      links: { "/opt/ray": settings.venvDirectory, "/opt/rayfleet/runtime/node": settings.nodeBinary },
      files: await imageFiles(settings, record, hostname),
    },
  };
}

/** Environment of the user data, and of commands run in a machine. */
export function machineEnvironment(settings: MetalSettings, region: string): Record<string, string> {
  return {
    PATH: IMAGE_PATH,
    HOME: "/root",
    LANG: "C.UTF-8",
    AWS_ENDPOINT_URL: settings.endpointUrl,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(existsSync(cacheCertificate(settings)) ? { NODE_EXTRA_CA_CERTS: CERTIFICATE_IN_IMAGE } : {}),
  };
}

function cacheCertificate(settings: MetalSettings): string {
  return join(settings.socketDirectory, CACHE_CERTIFICATE_FILE);
}

async function imageFiles(settings: MetalSettings, record: MachineRecord, hostname: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {
    "/etc/hostname": `${hostname}\n`,
    "/etc/hosts": `127.0.0.1 localhost\n::1 localhost\n${record.privateIpAddress} ${record.privateDnsName} ${hostname}\n`,
    // No name server: nothing outside the cloud can be reached.
    "/etc/resolv.conf": "",
    [HARDWARE_FILE]: `${JSON.stringify(machineHardware(record))}\n`,
  };
  const certificate = await readFile(cacheCertificate(settings), "utf8").catch(() => undefined);
  if (certificate !== undefined) files[CERTIFICATE_IN_IMAGE] = certificate;
  const hash = await runtimeHash(settings.artifactManifest);
  if (hash !== undefined) files["/opt/rayfleet/runtime/node.sha256"] = `${hash}\n`;
  return files;
}

/** Hash of the packed runtime, by which the boot script knows that the image has it. Unknown: the script downloads it. */
async function runtimeHash(path: string): Promise<string | undefined> {
  const manifest = await readFile(path, "utf8").then(
    (text) => artifactManifestSchema.safeParse(JSON.parse(text)),
    () => undefined,
  );
  return manifest?.success === true ? manifest.data.runtime.sha256 : undefined;
}
