import { formatSpecPath } from "../components/plan/specProblem";
import { type ManifestChange, manifestChanges } from "./manifestChanges";
import type { RayObject } from "./rayObject";

type Manifest = Pick<RayObject, "kind" | "metadata" | "spec">;

/** Places of a service's cluster that the operator changes in the one that serves. */
const CHANGED_IN_PLACE =
  /^spec\.rayClusterConfig\.(upgradeStrategy|suspend|workerGroupSpecs\[\d+\]\.(replicas|minReplicas|maxReplicas|scaleStrategy)|.*\.template\.spec\.(tolerations|schedulingGates))(\.|\[|$)/;

function groupCount({ spec }: Manifest): number {
  const { workerGroupSpecs = [] } = (spec["rayClusterConfig"] ?? {}) as { readonly workerGroupSpecs?: readonly unknown[] };
  return workerGroupSpecs.length;
}

/** What a change of a RayService does to the cluster that serves, where it does more than its difference shows. Pure. */
export function serviceWarnings(previous: Manifest, next: Manifest): readonly string[] {
  const isAppended = ({ keys: [, , list, index, ...rest], kind }: ManifestChange) =>
    list === "workerGroupSpecs" && kind === "add" && rest.length === 0 && typeof index === "number" && index >= groupCount(previous);
  const paths = manifestChanges(previous, next)
    .filter(({ keys: [top, cluster] }) => top === "spec" && cluster === "rayClusterConfig")
    .filter((change) => !isAppended(change))
    .map(({ keys }) => formatSpecPath(keys))
    .filter((path) => !CHANGED_IN_PLACE.test(path));
  if (paths.length === 0) return [];
  const named = paths.slice(0, 3).join(", ") + (paths.length > 3 ? `, and ${paths.length - 3} more` : "");
  const { type = "NewCluster" } = (next.spec["upgradeStrategy"] ?? {}) as { readonly type?: string };
  if (type === "None") return [`upgradeStrategy is None: the cluster that serves stays as it is, and ${named} has no effect.`];
  const how = type === "NewCluster" ? "takes over when it serves" : "takes the requests over step by step";
  return [`a second cluster is made beside the one that serves, and ${how}, because of ${named}. Until then there must be room for both.`];
}
