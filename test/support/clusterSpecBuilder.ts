import { defineCluster } from "../../components/defineCluster";
import type { ClusterSpec, ClusterSpecInput } from "../../contract/clusterSpec";

/** A small valid cluster called `demo`, with what a test wants different. */
export function buildClusterSpec(overrides: Partial<ClusterSpecInput> = {}): ClusterSpec {
  return defineCluster("demo", {
    platform: "aws",
    head: { instanceType: "r5dn.4xlarge" },
    workerGroups: [{ groupName: "cpu", instanceTypes: ["m7i.xlarge", "m6i.xlarge"], maxReplicas: 4 }],
    ...overrides,
  });
}
