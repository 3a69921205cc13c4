import type { MachineConfig } from "../../contract/machineConfig";
import type { MachineAccess } from "../machineAccess";

/** Whom Ray's client of Redis may trust; it has no list of its own and knows no image's. */
const CERTIFICATES_FILE = "/run/rayfleet/redis-ca.pem";

/** What the head needs to keep Ray's control store outside itself. */
export interface GcsStorageAccess {
  readonly redisAddress: string;
  readonly externalStorageNamespace: string;
  readonly redisUsername?: string;
  /** Never in a file or in the environment. */
  readonly redisPassword?: string;
  /** Present with TLS. */
  readonly certificatesFile?: string;
}

/** What only the running program knows. */
interface GcsStorageInput {
  /** A secret's value; undefined while it has none. */
  readonly readSecret: (secretId: string) => Promise<string | undefined>;
  /** Certificate authorities, PEM. */
  readonly certificates: () => readonly string[];
}

/**
 * Gets the password and lays down the certificate authorities.
 *
 * @returns undefined when the control store stays in the head's memory
 * @throws Error when the secret has no value
 */
export async function prepareGcsStorage(
  machine: MachineAccess,
  storage: MachineConfig["gcsStorage"],
  input: GcsStorageInput,
): Promise<GcsStorageAccess | undefined> {
  if (storage === undefined) return undefined;
  const { redisAddress, externalStorageNamespace, redisUsername, redisPasswordSecretId } = storage;
  const password = redisPasswordSecretId === undefined ? {} : { redisPassword: await readPassword(redisPasswordSecretId, input) };
  const hasTls = redisAddress.startsWith("rediss://");
  if (hasTls) await machine.files.write(CERTIFICATES_FILE, `${input.certificates().join("\n")}\n`, 0o644);
  machine.log("gcs-storage", { redisAddress, externalStorageNamespace });
  return {
    redisAddress,
    externalStorageNamespace,
    ...(redisUsername === undefined ? {} : { redisUsername }),
    ...password,
    ...(hasTls ? { certificatesFile: CERTIFICATES_FILE } : {}),
  };
}

async function readPassword(secretId: string, { readSecret }: GcsStorageInput): Promise<string> {
  const password = await readSecret(secretId);
  if (password !== undefined) return password;
  throw new Error(`gcsFaultTolerance: has no password; got a secret without a value, ${secretId}; expected one. Put the password into it.`);
}
