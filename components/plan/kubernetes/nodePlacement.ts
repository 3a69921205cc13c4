import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { KubernetesClusterSpec, KubernetesWorkerGroupSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { sortedMap } from "./objectMetadata";

type PodSpec = NonNullable<PodTemplateSpec["spec"]>;

/** The keys of a pod's specification that say on which nodes it may run. */
export type NodePlacement = Pick<PodSpec, "nodeSelector" | "tolerations" | "affinity">;

type CapacityLabel = NonNullable<KubernetesClusterSpec["nodeLabels"]["capacityType"]>;

/** Also nodes without the label are on-demand: some providers mark spot nodes only. */
function awayFromSpot({ name, spot }: CapacityLabel): NonNullable<PodSpec["affinity"]> {
  const nodeSelectorTerms = [{ matchExpressions: [{ key: name, operator: "NotIn", values: [spot] }] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

interface Placed {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: KubernetesClusterSpec["head"]["tolerations"];
  readonly presets: Readonly<Record<string, string>>;
  readonly onDemand: boolean;
}

function placement({ nodeLabels }: KubernetesClusterSpec, { nodeSelector, tolerations, presets, onDemand }: Placed): NodePlacement {
  const selector = sortedMap({ ...presets, ...nodeSelector });
  return {
    ...(selector === undefined ? {} : { nodeSelector: { ...selector } }),
    ...(onDemand && nodeLabels.capacityType !== undefined ? { affinity: awayFromSpot(nodeLabels.capacityType) } : {}),
    ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map(written) }),
  };
}

function written(toleration: Placed["tolerations"][number]): NonNullable<PodSpec["tolerations"]>[number] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  return {
    ...(key === undefined ? {} : { key }),
    operator,
    ...(value === undefined ? {} : { value }),
    ...(effect === undefined ? {} : { effect }),
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  };
}

/** The nodes of any other pod: just what the user says. */
export function plainPlacement(spec: KubernetesClusterSpec, pod: Pick<Placed, "nodeSelector" | "tolerations">): NodePlacement {
  return placement(spec, { ...pod, presets: {}, onDemand: false });
}

/** The head's nodes: the user's, and no spot node where it is known which these are. */
export function headPlacement(spec: KubernetesClusterSpec): NodePlacement {
  return placement(spec, { ...spec.head, presets: {}, onDemand: true });
}

/** A group's nodes: the user's selector wins over what follows from `capacityType` and `gpu.type`. */
export function workerPlacement(spec: KubernetesClusterSpec, group: KubernetesWorkerGroupSpec): NodePlacement {
  const { capacityType, gpuType } = spec.nodeLabels;
  const spot = group.capacityType === "spot" && capacityType !== undefined ? { [capacityType.name]: capacityType.spot } : {};
  const type = group.gpu?.type;
  const gpu = gpuType !== undefined && type !== undefined ? { [gpuType.name]: gpuType.values[type] ?? type } : {};
  return placement(spec, { ...group, presets: { ...spot, ...gpu }, onDemand: group.capacityType === "on-demand" });
}
