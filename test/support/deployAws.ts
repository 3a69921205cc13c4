import { RayCluster } from "../../components/rayCluster";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { makeArtifacts } from "./artifacts";
import { type Deployment, deploy } from "./pulumi";

/** Declares a whole cluster called `demo` against fake AWS, with artifacts that are there for as long as it takes. */
export async function deployAws(spec: ClusterSpec): Promise<Deployment<RayCluster>> {
  const artifacts = makeArtifacts();
  try {
    return await deploy((options) => new RayCluster("demo", { spec, artifactsDirectory: artifacts.directory }, options));
  } finally {
    artifacts.remove();
  }
}
