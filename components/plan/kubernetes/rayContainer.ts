import type { EnvVar, PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { KubernetesClusterSpec, KubernetesWorkerGroupSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { cpuQuantity, memoryQuantity } from "./quantities";

type PodSpec = NonNullable<PodTemplateSpec["spec"]>;
type Container = PodSpec["containers"][number];
type Head = KubernetesClusterSpec["head"];

/** The head, or a group. */
export type PodGroup = Head | KubernetesWorkerGroupSpec;

/** Where spilled objects go in the container. */
export const spillDirectory = "/spill";

const nvidia = "nvidia.com/gpu";

/** The group's own image, the cluster's, or Ray's own of the right version. */
export function rayImage({ ray }: KubernetesClusterSpec, group: PodGroup): string {
  const gpu = "gpu" in group && group.gpu?.resourceName === nvidia ? "-gpu" : "";
  return group.image ?? ray.image ?? `rayproject/ray:${ray.version}-py${ray.python.replace(".", "")}${gpu}`;
}

/** Request and limit are the same: Ray counts the limit, and a pod that may take more than it asked for is the first to be ended. */
function containerResources(group: PodGroup): NonNullable<Container["resources"]> {
  const gpu = "gpu" in group ? group.gpu : undefined;
  const amounts: Record<string, string> = {
    cpu: cpuQuantity(group.cpu),
    memory: memoryQuantity(group.memoryGiB),
    ...(group.ephemeralStorageGiB === undefined ? {} : { "ephemeral-storage": memoryQuantity(group.ephemeralStorageGiB) }),
    ...(gpu === undefined ? {} : { [gpu.resourceName]: String(gpu.count) }),
  };
  return { requests: amounts, limits: { ...amounts } };
}

/** The cluster's variables and a pod's own, which win, by name. */
export function containerEnvironment(spec: KubernetesClusterSpec, group: Pick<PodGroup, "environment" | "secretEnvironment">): EnvVar[] {
  const ofMap = ({
    environment,
    secretEnvironment,
  }: Pick<PodGroup, "environment" | "secretEnvironment">): (readonly [string, EnvVar])[] => [
    ...Object.entries(environment).map(([name, value]) => [name, { name, value }] as const),
    ...Object.entries(secretEnvironment).map(
      ([name, { secretName, key }]) => [name, { name, valueFrom: { secretKeyRef: { name: secretName, key } } }] as const,
    ),
  ];
  return [...new Map([...ofMap(spec), ...ofMap(group)]).values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Volumes of a pod and where its Ray container has them. */
export interface PodVolumes {
  readonly volumes: NonNullable<PodSpec["volumes"]>;
  readonly mounts: NonNullable<Container["volumeMounts"]>;
}

function spillVolume({ sizeGiB, storageClassName }: NonNullable<PodGroup["spill"]>): PodVolumes["volumes"][number] {
  const storage = memoryQuantity(sizeGiB);
  if (storageClassName === undefined) return { name: "spill", emptyDir: { sizeLimit: storage } };
  const claim = { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } };
  return { name: "spill", ephemeral: { volumeClaimTemplate: { spec: claim } } };
}

type UserVolume = PodGroup["volumes"][number];

function userVolume({ name, configMapName, secretName, claimName }: UserVolume): PodVolumes["volumes"][number] {
  if (configMapName !== undefined) return { name, configMap: { name: configMapName } };
  return secretName === undefined ? { name, persistentVolumeClaim: { claimName: claimName ?? "" } } : { name, secret: { secretName } };
}

function userMount({ name, mountPath, subPath, readOnly }: UserVolume): PodVolumes["mounts"][number] {
  return { name, mountPath, ...(subPath === undefined ? {} : { subPath }), ...(readOnly ? { readOnly } : {}) };
}

/** Shared memory only where its size is given: the operator adds one of the container's memory otherwise. */
export function podVolumes({ sharedMemoryGiB, spill, volumes }: PodGroup): PodVolumes {
  const shared: PodVolumes["volumes"] =
    sharedMemoryGiB === undefined
      ? []
      : [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: memoryQuantity(sharedMemoryGiB) } }];
  return {
    volumes: [...shared, ...(spill === undefined ? [] : [spillVolume(spill)]), ...volumes.map(userVolume)],
    mounts: [
      ...(sharedMemoryGiB === undefined ? [] : [{ name: "shared-memory", mountPath: "/dev/shm" }]),
      ...(spill === undefined ? [] : [{ name: "spill", mountPath: spillDirectory }]),
      ...volumes.map(userMount),
    ],
  };
}

/** What a container may do to its node: nothing beyond what Ray needs. */
export const leastPrivileges = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** The container that runs Ray; it must be the pod's first. */
export function rayContainer(
  spec: KubernetesClusterSpec,
  group: PodGroup,
  own: { readonly name: string; readonly ports?: NonNullable<Container["ports"]> },
): Container {
  const env = containerEnvironment(spec, group);
  const { mounts } = podVolumes(group);
  return {
    name: own.name,
    image: rayImage(spec, group),
    imagePullPolicy: spec.ray.imagePullPolicy,
    ...(own.ports === undefined ? {} : { ports: own.ports }),
    resources: containerResources(group),
    ...(env.length === 0 ? {} : { env }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
    ...(spec.restrictPrivileges ? { securityContext: leastPrivileges } : {}),
  };
}
