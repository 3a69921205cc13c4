import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { HeadGroupSpec, WorkerGroupSpec } from "../../../contract/kuberay/rayClusterSpec";
import { type LiveCluster, ownerReference } from "./liveObjects";
import { specHash } from "./specHash";

const HEAD_GROUP = "headgroup";
const MEMORY_UNITS: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  "": 1,
};

type Container = NonNullable<PodTemplateSpec["spec"]>["containers"][number];
type Env = NonNullable<Container["env"]>;

/** A pod to make. */
export interface PodObject {
  readonly apiVersion: "v1";
  readonly kind: "Pod";
  readonly metadata: {
    readonly generateName: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly object[];
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly containers: readonly { readonly name: string; readonly image?: string }[];
  };
}

/** Name of the head's service. */
export function headServiceName(clusterName: string): string {
  return `${clusterName}-head-svc`;
}

/** The head's pod. */
export function headPod(cluster: LiveCluster): PodObject {
  const pod = podOf(cluster, cluster.spec.headGroupSpec, { type: "head", groupName: HEAD_GROUP, prefix: "head", first: ["--head"] });
  return cluster.spec.enableInTreeAutoscaling === true ? withAutoscaler(cluster, pod) : pod;
}

/** One pod of a worker group. */
export function clusterPod(cluster: LiveCluster, group: WorkerGroupSpec): PodObject {
  const { groupName } = group;
  const address = `${headServiceName(cluster.metadata.name)}.${cluster.metadata.namespace}.svc.cluster.local:6379`;
  return podOf(cluster, group, { type: "worker", groupName, prefix: `${groupName.toLowerCase()}-worker`, first: [`--address=${address}`] });
}

/** Ray's autoscaler beside the head, with an account of its own where the template names none. */
function withAutoscaler({ metadata, spec }: LiveCluster, pod: PodObject): PodObject {
  const [ray] = pod.spec.containers;
  const { resources = {}, volumeMounts = [] } = spec.autoscalerOptions ?? {};
  const autoscaler = { name: "autoscaler", image: spec.autoscalerOptions?.image ?? ray?.image ?? "ray", resources, volumeMounts };
  const serviceAccountName = pod.spec.serviceAccountName ?? metadata.name;
  return { ...pod, spec: { ...pod.spec, serviceAccountName, containers: [...pod.spec.containers, autoscaler] } };
}

interface Role {
  readonly type: "head" | "worker";
  readonly groupName: string;
  readonly prefix: string;
  /** Of the options of `ray start`. */
  readonly first: readonly string[];
}

function podOf(cluster: LiveCluster, group: HeadGroupSpec | WorkerGroupSpec, { type, groupName, prefix, first }: Role): PodObject {
  const { name, namespace } = cluster.metadata;
  const { metadata, spec } = group.template;
  const [ray, ...others] = spec?.containers ?? [];
  const labels = {
    ...metadata?.labels,
    ...group.labels,
    "ray.io/cluster": name,
    "ray.io/node-type": type,
    "ray.io/group": groupName,
    "ray.io/is-ray-node": "yes",
  };
  const annotations = { ...metadata?.annotations, "ray.io/upgrade-strategy-hash": specHash(cluster.spec) };
  const owner = ownerReference("RayCluster", cluster.metadata);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: `${name}-${prefix}-`, namespace, labels, annotations, ownerReferences: [owner] },
    spec: { ...spec, containers: [rayContainer(cluster, group, { ray, groupName, first }), ...others] },
  };
}

function rayContainer(
  cluster: LiveCluster,
  group: HeadGroupSpec | WorkerGroupSpec,
  { ray, groupName, first }: { readonly ray: Container | undefined; readonly groupName: string; readonly first: readonly string[] },
): Container {
  const line = ["ulimit -n 65536; exec ray start", ...first, ...rayStartOptions(group, ray), "--block"].join(" ");
  return {
    ...ray,
    name: ray?.name ?? "ray",
    command: ["/bin/bash", "-c", "--"],
    args: [line],
    env: [...operatorEnvironment(cluster, groupName), ...(ray?.env ?? [])],
  };
}

/** The user's options, and those that follow from limits, resources and labels. */
function rayStartOptions(group: HeadGroupSpec | WorkerGroupSpec, ray: Container | undefined): string[] {
  const limits = (ray?.resources?.limits ?? {}) as Readonly<Record<string, string>>;
  const { CPU, GPU, memory, ...custom } = group.resources ?? {};
  const counted: Record<string, string | undefined> = {
    "num-cpus": CPU ?? (limits["cpu"] === undefined ? undefined : String(Math.ceil(cpus(limits["cpu"])))),
    "num-gpus": GPU ?? limits["nvidia.com/gpu"],
    memory: memory ?? (limits["memory"] === undefined ? undefined : String(bytes(limits["memory"]))),
    resources: Object.keys(custom).length === 0 ? undefined : `'${JSON.stringify(numbers(custom))}'`,
    labels:
      group.labels === undefined
        ? undefined
        : Object.entries(group.labels)
            .map((pair) => pair.join("="))
            .join(","),
    ...group.rayStartParams,
  };
  return Object.entries(counted).flatMap(([name, value]) => {
    if (value === undefined || value === "false") return [];
    return [value === "true" ? `--${name}` : `--${name}=${value}`];
  });
}

/** What the operator adds to the container's own variables, above all by which name the cluster's pods and Ray's nodes know each other. */
function operatorEnvironment({ metadata, spec }: LiveCluster, groupName: string): Env {
  const { authOptions, enableInTreeAutoscaling } = spec;
  const secret = authOptions?.secretName ?? metadata.name;
  return [
    { name: "RAY_CLUSTER_NAME", value: metadata.name },
    { name: "RAY_CLOUD_INSTANCE_ID", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "RAY_NODE_TYPE_NAME", value: groupName },
    ...(enableInTreeAutoscaling === true ? [{ name: "RAY_enable_autoscaler_v2", value: "1" }] : []),
    ...(authOptions?.mode === "token"
      ? [
          { name: "RAY_AUTH_MODE", value: "token" },
          { name: "RAY_AUTH_TOKEN", valueFrom: { secretKeyRef: { name: secret, key: "auth_token" } } },
        ]
      : []),
  ];
}

function cpus(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}

function bytes(quantity: string): number {
  const [, amount = "0", unit = ""] = /^([0-9.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Math.floor(Number(amount) * (MEMORY_UNITS[unit] ?? 1));
}

function numbers(amounts: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, Number(amount)]));
}
