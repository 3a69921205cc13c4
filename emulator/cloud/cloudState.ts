import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { processIdentitySchema } from "./processIdentity";

/** A port of the head that can be reached at the user's own loopback. */
export const forwardSchema = z.strictObject({
  /** What it is for, for example `dashboard`. */
  name: z.string(),
  headPort: z.int().positive(),
  /** Port at 127.0.0.1 in use. */
  localPort: z.int().positive(),
});

export type Forward = z.infer<typeof forwardSchema>;

/** `cloud.json` in the state directory: written when the supervisor starts, and again when the cloud is ready. */
export const cloudStateSchema = z.strictObject({
  schemaVersion: z.literal(1),
  supervisor: processIdentitySchema,
  /** The process that holds the namespaces; unknown until they stand. */
  namespaces: processIdentitySchema.optional(),
  ready: z.boolean(),
  /** AWS endpoint at the user's loopback. */
  endpointUrl: z.url().optional(),
  forwards: z.array(forwardSchema),
});

export type CloudState = z.infer<typeof cloudStateSchema>;

/** Where a cloud keeps what. */
export interface CloudPaths {
  readonly stateDirectory: string;
  readonly stateFile: string;
  readonly lockFile: string;
  readonly log: string;
  readonly programs: string;
  readonly machines: string;
  /** Short, because a socket's path may have 107 bytes only. Mode 0700. */
  readonly socketDirectory: string;
}

export function cloudPaths(stateDirectory: string): CloudPaths {
  const directory = resolve(stateDirectory);
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  return {
    stateDirectory: directory,
    stateFile: join(directory, "cloud.json"),
    lockFile: join(directory, "cloud.lock"),
    log: join(directory, "cloud.log"),
    programs: join(directory, "programs"),
    machines: join(directory, "machines"),
    socketDirectory: join(tmpdir(), `rayfleet-${hash}`),
  };
}

/** Undefined when there is no cloud, or its file cannot be read as one. */
export async function readCloudState(paths: CloudPaths): Promise<CloudState | undefined> {
  const text = await readFile(paths.stateFile, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const state = cloudStateSchema.safeParse(JSON.parse(text));
  return state.success ? state.data : undefined;
}

export async function writeCloudState(paths: CloudPaths, state: CloudState): Promise<void> {
  await writeFile(`${paths.stateFile}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${paths.stateFile}.new`, paths.stateFile);
}
