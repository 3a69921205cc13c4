import { z } from "zod";

/** What metal is told when it starts, as JSON in its only argument. Paths are absolute. */
export const metalSettingsSchema = z.strictObject({
  /** Sockets of the cloud; short, because a socket's path may have 107 bytes only. */
  socketDirectory: z.string(),
  /** One folder per machine with its console. */
  machinesDirectory: z.string(),
  /** Virtual environment with Ray; machines find it at /opt/ray. */
  venvDirectory: z.string(),
  /** Runs metal's own Python programs, and holds the interpreter that the virtual environment is made from. */
  pythonDirectory: z.string(),
  /** Node for the machines. */
  nodeBinary: z.string(),
  /** Manifest of the artifacts; may not exist (yet). */
  artifactManifest: z.string(),
  /** Folder of machine.py. */
  programDirectory: z.string(),
  bridge: z.string(),
  /** The API as machines reach it. */
  endpointUrl: z.url(),
  /** Between the launch in the API and the start of the machine, as real ones take. */
  bootDelaySeconds: z.number().nonnegative(),
});

export type MetalSettings = z.infer<typeof metalSettingsSchema>;

/** Between SIGTERM and the end of a machine that is terminated, in seconds. */
export const GRACE_SECONDS = 5;

/** PATH of a machine image; Ray's own folder is not in it. */
export const IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Certificate of the cloud's caches, beside the sockets; there as soon as there is one. `emulator/api/cache_process.py` writes it. */
export const CACHE_CERTIFICATE_FILE = "cache-ca.pem";

export const socketNames = {
  api: "api.sock",
  metal: "metal.sock",
  /** Link to the session socket of the machine with the tag `rayfleet:role=head`. */
  head: "head.sock",
  metadata: (instanceId: string): string => `imds-${instanceId}.sock`,
  session: (instanceId: string): string => `${instanceId}.sock`,
} as const;
