import { join } from "node:path";
import { RayCluster } from "./components/rayCluster";
import { loadClusterSpec } from "./config";

const spec = loadClusterSpec();
const cluster = new RayCluster(spec.name, { spec, artifactsDirectory: join(__dirname, "dist", "artifacts") });

export const {
  headPrivateAddress,
  headInstanceId,
  dashboard,
  workerGroups,
  versions,
  estimatedHourlyUsd,
  artifactBucket,
  agentConfigParameter,
  tokenSecretName,
} = cluster;

/** The value of the tag `rayfleet:cluster`, by which everything of this cluster is found. */
export const clusterName = spec.name;
