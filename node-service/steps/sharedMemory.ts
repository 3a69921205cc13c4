import { describeFailure, type MachineAccess } from "../machineAccess";

/** Ray's own default: 30 % of the memory, at most 200 GB. */
const DEFAULT_SHARE = 0.3;
const DEFAULT_LIMIT_BYTES = 200e9;
/** Ray refuses an object store below 75 MiB. */
export const LEAST_OBJECT_STORE_BYTES = 75 * 1024 * 1024;
/** The store's own bookkeeping, and what other programs keep in shared memory. */
const MARGIN_SHARE = 0.05;
const MARGIN_BYTES = 64 * 1024 * 1024;
const SHARED_MEMORY = "/dev/shm";

/**
 * How large the object store should be: what the configuration says, or Ray's default for the stated memory; never more than the share
 * of the memory that is really there.
 */
export function wantedObjectStoreBytes(input: { configuredBytes?: number; statedMemoryBytes?: number; osMemoryBytes: number }): number {
  const byDefault = (memoryBytes: number): number => Math.min(memoryBytes * DEFAULT_SHARE, DEFAULT_LIMIT_BYTES);
  const wanted = input.configuredBytes ?? byDefault(input.statedMemoryBytes ?? input.osMemoryBytes);
  // A stated size is a claim of the image; a configured one is the user's wish: 80 % leaves room for the processes of the node.
  const most = input.configuredBytes === undefined ? byDefault(input.osMemoryBytes) : input.osMemoryBytes * 0.8;
  return Math.floor(Math.max(LEAST_OBJECT_STORE_BYTES, Math.min(wanted, most)));
}

/** Size of `/dev/shm` that an object store needs. */
export function neededSharedMemoryBytes(objectStoreBytes: number): number {
  return Math.ceil(objectStoreBytes * (1 + MARGIN_SHARE) + MARGIN_BYTES);
}

function largestStoreIn(sharedMemoryBytes: number): number {
  return Math.floor((sharedMemoryBytes - MARGIN_BYTES) / (1 + MARGIN_SHARE));
}

/**
 * Makes `/dev/shm` large enough for the object store and answers with the store's size in bytes: Ray would put the store on disk, slow,
 * or refuse to start. Where the machine may not be changed the store is made smaller instead, and that is said.
 *
 * @throws Error when not even the smallest store fits
 */
export async function prepareSharedMemory(machine: MachineAccess, objectStoreBytes: number): Promise<number> {
  const needed = neededSharedMemoryBytes(objectStoreBytes);
  const before = await machine.files.totalBytes(SHARED_MEMORY);
  if (before !== undefined && before >= needed) return objectStoreBytes;
  const command = ["mount", "-o", `remount,size=${needed}`, SHARED_MEMORY];
  const result = await machine.shell.run(command, { timeoutSeconds: 20 });
  const after = (await machine.files.totalBytes(SHARED_MEMORY)) ?? 0;
  if (after >= needed) {
    machine.log("shared-memory-enlarged", { fromBytes: before, toBytes: after });
    return objectStoreBytes;
  }
  const lowered = largestStoreIn(after);
  if (lowered < LEAST_OBJECT_STORE_BYTES) {
    throw new Error(
      `${SHARED_MEMORY}: is too small for Ray; got ${after} bytes; expected ${neededSharedMemoryBytes(LEAST_OBJECT_STORE_BYTES)} or more. ` +
        `Give the machine a larger one. ${describeFailure(command.join(" "), result)}`,
    );
  }
  machine.log("object-store-lowered", {
    fromBytes: objectStoreBytes,
    toBytes: lowered,
    reason: describeFailure(command.join(" "), result),
  });
  return lowered;
}
