import { parse } from "yaml";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { type MergeableGroup, mergeWorkerGroups } from "../../components/plan/kubernetes/mergeWorkerGroups";
import type { KubernetesClusterPlan } from "../../components/plan/kubernetes/planKubernetesCluster";
import { roomForReplicas } from "../../components/plan/kubernetes/roomForReplicas";
import { inputError, messageOf, readInputFile } from "../inputError";

type RayCluster = KubernetesObject & { readonly spec: { readonly workerGroupSpecs?: readonly MergeableGroup[] } };

const standardInput = 0;

/**
 * The RayCluster as it is, such as `kubectl get raycluster NAME -o yaml` prints it.
 *
 * @param file `-` for standard input
 * @throws InputError when there is none in it
 */
export function readLivingCluster(file: string): RayCluster {
  const text = readInputFile("--living", file, file === "-" ? standardInput : file).toString("utf8");
  const object = parsed(text);
  if (isRayCluster(object)) return object;
  throw inputError({
    path: "--living",
    problem: "holds no RayCluster",
    got: `${text.length} characters`,
    expected: "one RayCluster with its resourceVersion",
    fix: "Write what kubectl get raycluster NAME -o yaml prints.",
  });
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw inputError({
      path: "--living",
      problem: "is not YAML",
      got: `${text.length} characters`,
      expected: "one RayCluster",
      fix: `${messageOf(error)}.`,
    });
  }
}

function isRayCluster(object: unknown): object is RayCluster {
  const { kind, metadata, spec } = (object ?? {}) as { kind?: unknown; metadata?: { resourceVersion?: unknown }; spec?: unknown };
  return kind === "RayCluster" && typeof metadata?.resourceVersion === "string" && typeof spec === "object" && spec !== null;
}

/** Without the API server at hand nobody counts pods: a group has as many as the autoscaler or its minimum wants. */
function wantedPods(groups: readonly MergeableGroup[]): ReadonlyMap<string, number> {
  return new Map(groups.map(({ groupName, replicas = 0, minReplicas = 0 }) => [groupName, Math.max(replicas, minReplicas)]));
}

/**
 * The plan with what an autoscaler has set in the RayCluster that is there, for just the version that was read: applied after somebody else has written, it is refused
 * as a conflict.
 *
 * @throws InputError when the two are not the same cluster
 */
export function overLivingCluster(plan: KubernetesClusterPlan, living: RayCluster): KubernetesClusterPlan {
  const groups = living.spec.workerGroupSpecs ?? [];
  const { name, namespace } = living.metadata;
  const at = plan.objects.findIndex(
    ({ kind, metadata }) => kind === "RayCluster" && metadata.name === name && metadata.namespace === namespace,
  );
  const planned = plan.objects[at] as RayCluster | undefined;
  if (planned === undefined || !plan.autoscaled) {
    throw inputError({
      path: "--living",
      problem: "is not the RayCluster of this stack, or no autoscaler sets its replicas",
      got: `${namespace ?? ""}/${name}`,
      expected: "the same name and namespace, with an autoscaler",
      fix: "Leave it out, or name the right one.",
    });
  }
  const { resourceVersion } = living.metadata as { readonly resourceVersion?: string };
  const merged = mergeWorkerGroups(planned.spec.workerGroupSpecs ?? [], { groups, pods: wantedPods(groups) });
  const object = {
    ...planned,
    metadata: { ...planned.metadata, resourceVersion },
    spec: { ...planned.spec, workerGroupSpecs: roomForReplicas(planned, merged.groups) },
  };
  return { ...plan, autoscaled: false, objects: plan.objects.with(at, object) };
}
