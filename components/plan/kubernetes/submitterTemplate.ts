import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { ClusterJobSpec, RayJobTemplateSpec } from "../../../contract/kubernetes/rayJobSpec";
import { plainPlacement } from "./nodePlacement";
import { sortedMap } from "./objectMetadata";
import { cpuQuantity, memoryQuantity } from "./quantities";
import { containerEnvironment, leastPrivileges, rayImage } from "./rayContainer";
import { withoutAbsent } from "./withoutAbsent";

/** Labels of the pods that submit a cluster's jobs. */
export function submitterLabels({ name }: Pick<KubernetesClusterSpec, "name">): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/component": "ray-job-submitter", "app.kubernetes.io/part-of": name };
}

/**
 * The pod that submits a job with K8sJobMode. It is always ours: KubeRay's own has no label that a network policy could name, and more privileges than some namespaces
 * let in. The operator adds the command, unless there is one, the address and the token.
 */
export function submitterTemplate(spec: KubernetesClusterSpec, job: ClusterJobSpec | RayJobTemplateSpec): PodTemplateSpec {
  const { submitterPod: pod } = job;
  const annotations = sortedMap(pod.podAnnotations);
  const amounts = { cpu: cpuQuantity(pod.cpu), memory: memoryQuantity(pod.memoryGiB) };
  const env = containerEnvironment(spec, pod);
  return {
    metadata: {
      labels: { ...sortedMap({ ...spec.objectLabels, ...pod.podLabels, ...submitterLabels(spec) }) },
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      ...withoutAbsent({
        serviceAccountName: pod.serviceAccountName,
        priorityClassName: pod.priorityClassName,
        schedulerName: pod.schedulerName,
      }),
      ...plainPlacement(spec, pod),
      ...(spec.ray.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: spec.ray.imagePullSecrets.map((name) => ({ name })) }),
      containers: [
        {
          name: "ray-job-submitter",
          image: pod.image ?? rayImage(spec, spec.head),
          imagePullPolicy: spec.ray.imagePullPolicy,
          ...(pod.command.length === 0 ? {} : { command: [...pod.command] }),
          ...(pod.args.length === 0 ? {} : { args: [...pod.args] }),
          resources: { requests: amounts, limits: { ...amounts } },
          ...(env.length === 0 ? {} : { env }),
          ...(spec.restrictPrivileges ? { securityContext: leastPrivileges } : {}),
        },
      ],
    },
  };
}
