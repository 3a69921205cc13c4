import type { WrittenMetadata } from "../../contract/kuberay/kubernetes";
import type { RayCluster } from "../../contract/kuberay/rayCluster";
import type { HeadGroupSpec, RayClusterSpec, WorkerGroupSpec } from "../../contract/kuberay/rayClusterSpec";
import type { RayCronJob, RayCronJobSpec } from "../../contract/kuberay/rayCronJob";
import type { RayJob, RayJobSpec } from "../../contract/kuberay/rayJob";
import type { RayService, RayServiceSpec } from "../../contract/kuberay/rayService";

const image = "rayproject/ray:2.60.0";

/** A head that asks for resources and takes no work. */
export function aHeadGroup(parts: Partial<HeadGroupSpec> = {}): HeadGroupSpec {
  return {
    rayStartParams: { "num-cpus": "0" },
    template: { spec: { containers: [{ name: "ray-head", image, resources: { limits: { cpu: "2", memory: "8Gi" } } }] } },
    ...parts,
  };
}

/** Workers within bounds. */
export function aWorkerGroup(parts: Partial<WorkerGroupSpec> = {}): WorkerGroupSpec {
  return {
    groupName: "cpu",
    minReplicas: 0,
    maxReplicas: 10,
    rayStartParams: {},
    template: { spec: { containers: [{ name: "ray-worker", image, resources: { limits: { cpu: "4", memory: "16Gi" } } }] } },
    ...parts,
  };
}

/** A cluster with one group. */
export function aClusterSpec(parts: Partial<RayClusterSpec> = {}): RayClusterSpec {
  return { rayVersion: "2.60.0", headGroupSpec: aHeadGroup(), workerGroupSpecs: [aWorkerGroup()], ...parts };
}

export function aRayCluster(parts: Partial<RayClusterSpec> = {}, metadata: WrittenMetadata = {}): RayCluster {
  return { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name: "demo", ...metadata }, spec: aClusterSpec(parts) };
}

export function aRayJob(parts: Partial<RayJobSpec> = {}, metadata: WrittenMetadata = {}): RayJob {
  const spec = { entrypoint: "python job.py", rayClusterSpec: aClusterSpec(), ...parts };
  return { apiVersion: "ray.io/v1", kind: "RayJob", metadata: { name: "demo", ...metadata }, spec };
}

export function aRayService(parts: Partial<RayServiceSpec> = {}, metadata: WrittenMetadata = {}): RayService {
  const spec = { serveConfigV2: "applications: []", rayClusterConfig: aClusterSpec(), ...parts };
  return { apiVersion: "ray.io/v1", kind: "RayService", metadata: { name: "demo", ...metadata }, spec };
}

export function aRayCronJob(parts: Partial<RayCronJobSpec> = {}, metadata: WrittenMetadata = {}): RayCronJob {
  const spec = { schedule: "0 8 * * 1-5", jobTemplate: aRayJob().spec, ...parts };
  return { apiVersion: "ray.io/v1", kind: "RayCronJob", metadata: { name: "demo", ...metadata }, spec };
}
