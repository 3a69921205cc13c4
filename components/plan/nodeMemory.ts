const bytesPerMiB = 2 ** 20;
const bytesPerGiB = 2 ** 30;

/** Of the nominal memory, what is left when the kernel and Ray's own processes have started; measured machines have more. */
const usableShare = 0.9;
const systemProcessesGiB = 0.5;

/** Ray gives this share to objects unless told otherwise (`RAY_DEFAULT_OBJECT_STORE_MEMORY_PROPORTION`), and at most so much. */
const objectStoreShare = 0.3;
const objectStoreLimitBytes = 200e9;

/** What a node of Ray has to give. */
export interface NodeMemory {
  /** Ray's `memory` resource. Bytes. */
  readonly memoryBytes: number;
  readonly objectStoreBytes: number;
}

/**
 * What a machine surely offers to Ray: never more than a live node of that size reports, so that no demand is promised a machine that
 * then turns out too small. A larger object store takes from `memory`; a smaller one is not counted in its favour.
 */
export function nodeMemory(machine: { readonly memoryMiB: number; readonly objectStoreMemoryGiB?: number | undefined }): NodeMemory {
  const usableBytes = Math.max(0, machine.memoryMiB * bytesPerMiB * usableShare - systemProcessesGiB * bytesPerGiB);
  const defaultStoreBytes = Math.min(usableBytes * objectStoreShare, objectStoreLimitBytes);
  const storeBytes = machine.objectStoreMemoryGiB === undefined ? defaultStoreBytes : machine.objectStoreMemoryGiB * bytesPerGiB;
  return {
    memoryBytes: Math.max(0, Math.floor(Math.min(usableBytes - storeBytes, usableBytes * (1 - objectStoreShare)))),
    objectStoreBytes: Math.floor(storeBytes),
  };
}
