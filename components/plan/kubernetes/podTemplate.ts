import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { NodePlacement } from "./nodePlacement";
import { sortedMap } from "./objectMetadata";
import { type PodGroup, podVolumes } from "./rayContainer";
import { ownPodLabels } from "./rayKind";

type PodSpec = NonNullable<PodTemplateSpec["spec"]>;

/** What differs between the head's pod and a group's. */
export interface PodParts {
  /** Undefined: left to the operator. */
  readonly serviceAccountName: string | undefined;
  readonly placement: NodePlacement;
  readonly container: PodSpec["containers"][number];
  readonly volumes?: NonNullable<PodSpec["volumes"]>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Ray's images run as user `ray` of group 100; a volume that is not the node's own disk would belong to root. */
const raysGroup = 100;

/** The pod of the head or of a group. No pod gets a token of the API server by itself: tasks are other people's code. */
export function podTemplate(spec: KubernetesClusterSpec, group: PodGroup, parts: PodParts): PodTemplateSpec {
  const labels = sortedMap({ ...spec.objectLabels, ...group.podLabels, ...ownPodLabels(spec) });
  const annotations = sortedMap({ ...parts.annotations, ...group.podAnnotations });
  const volumes = [...podVolumes(group).volumes, ...(parts.volumes ?? [])];
  return {
    ...(labels === undefined && annotations === undefined
      ? {}
      : { metadata: { ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) } }),
    spec: {
      ...(parts.serviceAccountName === undefined ? {} : { serviceAccountName: parts.serviceAccountName }),
      automountServiceAccountToken: false,
      ...parts.placement,
      ...placing(group),
      ...(spec.ray.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: spec.ray.imagePullSecrets.map((name) => ({ name })) }),
      ...(group.spill?.storageClassName === undefined ? {} : { securityContext: { fsGroup: raysGroup } }),
      containers: [parts.container],
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}

function placing(group: PodGroup): Partial<PodSpec> {
  const { priorityClassName, runtimeClassName, schedulerName, terminationGracePeriodSeconds } = group;
  return {
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
    ...(schedulerName === undefined ? {} : { schedulerName }),
    ...(terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds }),
  };
}
