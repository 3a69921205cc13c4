import { type RayKind, rayKinds } from "../../../../contract/kuberay/kubeRayFields";
import { ManifestNode } from "./manifestNode";

/** An object of KubeRay's, with its parts found. Parts that are not there are nodes without a value. */
export interface RayManifest {
  readonly kind: RayKind;
  readonly metadata: ManifestNode;
  readonly spec: ManifestNode;
  /** The RayJobSpec of a RayJob or RayCronJob. */
  readonly job: ManifestNode;
  /** The RayClusterSpec, wherever the kind has it; absent where there is none. */
  readonly cluster?: ClusterParts;
}

/** A RayClusterSpec with its parts found. */
export interface ClusterParts {
  readonly spec: ManifestNode;
  /** The RayCluster's, with `x` for each letter that the operator makes up. */
  readonly name: string;
  /** Of the object that the operator reads them from. */
  readonly annotations: ManifestNode;
  readonly head: PodGroup;
  /** In which Ray runs. */
  readonly headContainer: ManifestNode;
  readonly groups: readonly PodGroup[];
  /** The head and the groups. */
  readonly podGroups: readonly PodGroup[];
  readonly autoscaling: boolean;
}

/** The head or a worker group. */
export interface PodGroup {
  readonly spec: ManifestNode;
  readonly pod: ManifestNode;
  readonly containers: readonly ManifestNode[];
}

const clusterPaths: Readonly<Record<RayKind, readonly string[]>> = {
  RayCluster: [],
  RayJob: ["rayClusterSpec"],
  RayService: ["rayClusterConfig"],
  RayCronJob: ["jobTemplate", "rayClusterSpec"],
};

/** What the operator adds to the name of an object when it makes a cluster of it: five letters, and before them, for a job that recurs, the minute. */
const madeUp: Readonly<Record<RayKind, string>> = { RayCluster: "", RayJob: "-xxxxx", RayService: "-xxxxx", RayCronJob: "-xxxxxxxx-xxxxx" };

function podGroup(spec: ManifestNode): PodGroup {
  const pod = spec.at("template", "spec");
  return { spec, pod, containers: pod.get("containers").items };
}

function clusterParts(spec: ManifestNode, annotations: ManifestNode, name: string): ClusterParts {
  const head = podGroup(spec.get("headGroupSpec"));
  const groups = spec.get("workerGroupSpecs").items.map(podGroup);
  return {
    spec,
    name,
    annotations,
    head,
    headContainer: head.containers[0] ?? new ManifestNode(undefined),
    groups,
    podGroups: [head, ...groups],
    autoscaling: spec.get("enableInTreeAutoscaling").isTrue,
  };
}

/** Finds the parts of an object; undefined when it is none of KubeRay's. */
export function readRayManifest(object: ManifestNode): RayManifest | undefined {
  const kind = rayKinds.find((name) => name === object.get("kind").text);
  if (kind === undefined || !object.get("apiVersion").text.startsWith("ray.io/")) return undefined;
  const metadata = object.get("metadata");
  const spec = object.get("spec");
  const jobs: Partial<Record<RayKind, ManifestNode>> = { RayJob: spec, RayCronJob: spec.get("jobTemplate") };
  const clusterSpec = spec.at(...clusterPaths[kind]);
  // A RayCronJob's annotations do not reach its jobs.
  const annotations = kind === "RayCronJob" ? new ManifestNode(undefined) : metadata.get("annotations");
  return {
    kind,
    metadata,
    spec,
    job: jobs[kind] ?? new ManifestNode(undefined),
    ...(clusterSpec.isMap ? { cluster: clusterParts(clusterSpec, annotations, metadata.get("name").text + madeUp[kind]) } : {}),
  };
}
