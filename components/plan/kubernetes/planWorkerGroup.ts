import type { WorkerGroupSpec } from "../../../contract/kuberay/rayClusterSpec";
import type { KubernetesClusterSpec, KubernetesWorkerGroupSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { workerServiceAccount } from "./identities";
import { workerPlacement } from "./nodePlacement";
import { sortedMap } from "./objectMetadata";
import { podTemplate } from "./podTemplate";
import { rayContainer } from "./rayContainer";
import { rayStartParams } from "./rayStartParams";

/** Tasks ask for an accelerator by label, or, in older code, by a resource of this name. */
function accelerator(type: string | undefined): { readonly labels: Record<string, string>; readonly resources: Record<string, string> } {
  return type === undefined
    ? { labels: {}, resources: {} }
    : { labels: { "ray.io/accelerator-type": type }, resources: { [`accelerator_type:${type}`]: "1" } };
}

/** Who counts: with an autoscaler the number of replicas is its own, and is not written here. */
function scaling(spec: KubernetesClusterSpec, group: KubernetesWorkerGroupSpec): Partial<WorkerGroupSpec> {
  const { idleTimeoutSeconds, priority, replicas } = group;
  switch (spec.autoscaler) {
    case "none":
      return replicas === undefined ? {} : { replicas };
    case "kuberay":
      return {
        ...(typeof idleTimeoutSeconds === "number" ? { idleTimeoutSeconds } : {}),
        ...(priority === 0 ? {} : { priority }),
      };
    case "rayfleet":
      return {};
  }
}

/** A worker group as KubeRay has it. */
export function planWorkerGroup(spec: KubernetesClusterSpec, group: KubernetesWorkerGroupSpec): WorkerGroupSpec {
  const { groupName, minReplicas, maxReplicas, numOfHosts } = group;
  const offered = accelerator(group.gpu?.type);
  const labels = sortedMap({ ...group.labels, ...offered.labels });
  const amounts = Object.entries(group.resources).map(([name, amount]) => [name, String(amount)] as const);
  const resources = sortedMap({ ...offered.resources, ...Object.fromEntries(amounts) });
  return {
    groupName,
    ...scaling(spec, group),
    minReplicas,
    maxReplicas,
    ...(numOfHosts === 1 ? {} : { numOfHosts }),
    rayStartParams: rayStartParams(group, {}),
    ...(resources === undefined ? {} : { resources }),
    ...(labels === undefined ? {} : { labels }),
    template: podTemplate(spec, group, {
      serviceAccountName: workerServiceAccount(spec, group),
      placement: workerPlacement(spec, group),
      container: rayContainer(spec, group, { name: "ray-worker" }),
    }),
  };
}
