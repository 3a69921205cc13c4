/** What a program outside this repository may import; everything else can change. */
export type { ClusterSpec, ClusterSpecInput } from "../contract/clusterSpec";
export { ClusterSpecError, defineCluster } from "./defineCluster";
export { type KubernetesConnection, RayObject, type RayObjectArgs, RayObjectProvider } from "./kubernetes/rayObject";
export {
  type KubernetesClusterVersions,
  KubernetesRayCluster,
  type KubernetesRayClusterArgs,
  type KubernetesWorkerGroupSummary,
} from "./kubernetesRayCluster";
export type { WorkerGroupSummary } from "./platform";
export { type ClusterVersions, type HourlyEstimate, RayCluster, type RayClusterArgs } from "./rayCluster";
