import type { ClusterSpec, ClusterSpecInput } from "../contract/clusterSpec";
import { parseClusterSpec } from "./plan/parseClusterSpec";
import { formatSpecProblem, type SpecProblem } from "./plan/specProblem";

/** Everything that is wrong with a cluster written in a program, one problem a line. */
export class ClusterSpecError extends Error {
  override readonly name = "ClusterSpecError";

  constructor(
    clusterName: string,
    readonly problems: readonly SpecProblem[],
  ) {
    super([`The cluster ${clusterName} cannot be made:`, ...problems.map(formatSpecProblem)].join("\n"));
  }
}

/**
 * Checks a cluster that is written in a program instead of a stack file, and fills in the defaults.
 *
 * @example
 * const spec = defineCluster("demo", {
 *   platform: "aws",
 *   workerGroups: [{ groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 10 }],
 * });
 *
 * @throws ClusterSpecError with every problem at once
 */
export function defineCluster(clusterName: string, input: ClusterSpecInput): ClusterSpec {
  const parsed = parseClusterSpec(input, { stackName: clusterName });
  if ("ok" in parsed) {
    return parsed.ok;
  }
  throw new ClusterSpecError(clusterName, parsed.problems);
}
