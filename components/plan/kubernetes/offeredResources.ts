import type { KubernetesWorkerGroupSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { bytesOf } from "./quantities";

/** Accelerators that the operator names to Ray in a word of its own. */
const rayNames: Readonly<Record<string, string>> = { "aws.amazon.com/neuroncore": "neuron_cores", "google.com/tpu": "TPU" };

/** What the operator takes for a GPU: by its end, or a part of a card of NVIDIA's. */
function isGpu(resourceName: string): boolean {
  return resourceName.endsWith("gpu") || /nvidia\.com\/mig-\d+g\.\d+gb$/.test(resourceName);
}

function acceleratorOf({ gpu }: KubernetesWorkerGroupSpec): Readonly<Record<string, number>> {
  if (gpu === undefined) return {};
  const name = isGpu(gpu.resourceName) ? "GPU" : rayNames[gpu.resourceName];
  return {
    ...(name === undefined ? {} : { [name]: gpu.count }),
    ...(gpu.type === undefined ? {} : { [`accelerator_type:${gpu.type}`]: 1 }),
  };
}

/** The operator takes these three in any case of letters. */
const rayWords: Readonly<Record<string, string>> = { cpu: "CPU", gpu: "GPU", memory: "memory" };

/**
 * What one pod of a group offers to Ray: the operator starts Ray with the container's limits, whole CPUs rounded up and memory in full, unlike a machine of Ray's own,
 * where objects have their share.
 *
 * @see `generateRayStartCommand` of KubeRay
 */
export function offeredResources(group: KubernetesWorkerGroupSpec): Readonly<Record<string, number>> {
  const own = Object.entries(group.resources).map(([name, amount]) => [rayWords[name.toLowerCase()] ?? name, amount] as const);
  const amounts: Record<string, number> = {
    CPU: Math.ceil(group.cpu),
    memory: Math.round(Number(bytesOf(group.memoryGiB)) / 2 ** 20) * 2 ** 20,
    ...acceleratorOf(group),
    ...Object.fromEntries(own),
  };
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount > 0));
}
