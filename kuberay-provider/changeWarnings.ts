import type { LeavingGroup } from "../components/plan/kubernetes/mergeWorkerGroups";
import { formatSpecPath } from "../components/plan/specProblem";
import type { Properties } from "../pulumi-protocol/properties";
import { type ManifestChange, manifestChanges } from "./manifestChanges";
import type { RayObject } from "./rayObject";
import { replicasAreScaled } from "./scaledReplicas";
import { serviceWarnings } from "./serviceWarnings";

/** What is told beside the difference itself. */
interface ChangeContext {
  readonly leaving: readonly LeavingGroup[];
  /** Pods of workers by group name. */
  readonly pods: ReadonlyMap<string, number>;
}

/** Keys of a RayCluster's spec that the operator leaves out when it compares for `upgradeStrategy: Recreate`. */
const KEPT_BY_RECREATE =
  /^spec\.(upgradeStrategy|workerGroupSpecs\[\d+\]\.(replicas|minReplicas|maxReplicas|scaleStrategy)|.*\.template\.spec\.(tolerations|schedulingGates))(\.|\[|$)/;

type Manifest = Pick<RayObject, "kind" | "metadata" | "spec">;

/**
 * What a change of a RayCluster, or of a RayService, does that its difference does not show, one sentence or two each: groups that leave, pods that all end, pods that keep the template
 * of before. Pure.
 */
export function changeWarnings(previous: Manifest, next: Manifest, { leaving, pods }: ChangeContext): readonly string[] {
  if (next.kind === "RayService") return serviceWarnings(previous, next);
  if (next.kind !== "RayCluster") return [];
  const gone = leaving.map((group) => leavingText(group, replicasAreScaled(next)));
  const changes = manifestChanges(previous, next).filter(({ keys: [top] }) => top === "spec");
  const recreating = changes.filter(({ keys }) => !KEPT_BY_RECREATE.test(formatSpecPath(keys)));
  const { type } = (next.spec["upgradeStrategy"] ?? {}) as { readonly type?: unknown };
  if (type === "Recreate" && recreating.length > 0) return [...gone, recreateText(recreating)];
  return [...gone, ...staleTemplates(changes, next, pods)];
}

function leavingText({ groupName, pods }: LeavingGroup, scaled: boolean): string {
  const how = scaled
    ? "It gets no new ones, and the autoscaler ends these when they are idle."
    : "It is set to no replicas, and the operator ends these now, with what runs on them.";
  return `worker group ${groupName} leaves and still has ${count(pods)}. ${how} The group is taken out by the first \`pulumi up\` that finds none.`;
}

function recreateText(changes: readonly ManifestChange[]): string {
  const paths = changes.map(({ keys }) => formatSpecPath(keys));
  const named = paths.slice(0, 3).join(", ") + (paths.length > 3 ? `, and ${paths.length - 3} more` : "");
  return `upgradeStrategy is Recreate: all pods end, the head's too, with every job and actor on them, because of ${named}.`;
}

function staleTemplates(changes: readonly ManifestChange[], { spec }: Manifest, pods: ReadonlyMap<string, number>): readonly string[] {
  const head = changes.some(({ keys: [, group, part] }) => group === "headGroupSpec" && (part === "template" || part === "rayStartParams"));
  const groups = (spec["workerGroupSpecs"] ?? []) as readonly Properties[];
  const changed = groups.filter((_, position) =>
    changes.some(
      ({ keys: [, list, index, part] }) =>
        list === "workerGroupSpecs" && index === position && (part === "template" || part === "rayStartParams"),
    ),
  );
  const workers = changed
    .map(({ groupName }) => ({ name: String(groupName), running: pods.get(String(groupName)) ?? 0 }))
    .filter(({ running }) => running > 0)
    .map(
      ({ name, running }) =>
        `worker group ${name}: its ${running === 1 ? "1 pod keeps" : `${running} pods keep`} the pod template of before; only new ones get this one.`,
    );
  return head ? ["the head's pod keeps its template of before until somebody deletes it; the new one gets this one.", ...workers] : workers;
}

function count(pods: number): string {
  return pods === 1 ? "1 pod" : `${pods} pods`;
}
