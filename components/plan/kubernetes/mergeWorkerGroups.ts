/** What the merge looks at in a worker group of a RayCluster; whatever else the group has travels with it. */
export interface MergeableGroup {
  readonly groupName: string;
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly scaleStrategy?: { readonly workersToDelete?: readonly string[] };
}

/** A worker group that is no longer declared and still has pods. */
export interface LeavingGroup {
  readonly groupName: string;
  readonly pods: number;
}

/** What is there when worker groups are about to be written. */
export interface LiveGroups<Group extends MergeableGroup> {
  /** `spec.workerGroupSpecs` as it was read; empty for a cluster that is yet to be made. */
  readonly groups: readonly Group[];
  /** Pods by group name, whatever their phase; a name that is missing has none. */
  readonly pods: ReadonlyMap<string, number>;
}

/** The list of worker groups to write. */
export interface MergedGroups<Group extends MergeableGroup> {
  readonly groups: readonly Group[];
  readonly leaving: readonly LeavingGroup[];
}

/**
 * Joins the declared worker groups with those that are there, for a cluster whose replicas belong to an autoscaler.
 *
 * `spec.workerGroupSpecs` is one field to the API server: whoever writes it writes all of it, so what the autoscaler has set must be written back as it was read.
 *
 * - A group that is there keeps its `replicas` and `scaleStrategy`; everything else is as declared. A new one begins at its minimum.
 * - Groups that are there keep their order, and new ones come after them: Ray's autoscaler patches by position.
 * - A group that is no longer declared stays until its pods are gone, because the operator forgets pods of unknown groups, and one such pod stops Ray's
 *   autoscaler for all groups. It shrinks when it is idle and cannot grow.
 *
 * Merging again changes nothing.
 */
export function mergeWorkerGroups<Group extends MergeableGroup>(declared: readonly Group[], live: LiveGroups<Group>): MergedGroups<Group> {
  const declaredByName = new Map(declared.map((group) => [group.groupName, group]));
  const liveNames = new Set(live.groups.map(({ groupName }) => groupName));
  const leaving: LeavingGroup[] = [];
  const kept = live.groups.flatMap((group) => {
    const wanted = declaredByName.get(group.groupName);
    if (wanted !== undefined) return [withLiveScaling(wanted, group)];
    const pods = live.pods.get(group.groupName) ?? 0;
    if (pods === 0) return [];
    leaving.push({ groupName: group.groupName, pods });
    return [emptying(group, pods)];
  });
  const added = declared.filter(({ groupName }) => !liveNames.has(groupName)).map(atMinimum);
  return { groups: [...kept, ...added], leaving };
}

function withLiveScaling<Group extends MergeableGroup>(declared: Group, live: Group): Group {
  const { replicas: _, scaleStrategy: __, ...rest } = declared;
  return {
    ...rest,
    ...(live.replicas === undefined ? {} : { replicas: live.replicas }),
    ...(live.scaleStrategy === undefined ? {} : { scaleStrategy: live.scaleStrategy }),
  } as Group;
}

/** Without `replicas` the API server writes 0, and the operator makes the minimum of it only when it next looks. */
function atMinimum<Group extends MergeableGroup>(group: Group): Group {
  return { ...group, replicas: Math.max(group.replicas ?? 0, group.minReplicas ?? 0) };
}

/** A maximum below the pods that are there would make Ray's autoscaler end nodes with work. */
function emptying<Group extends MergeableGroup>(group: Group, pods: number): Group {
  return { ...group, minReplicas: 0, maxReplicas: Math.min(group.maxReplicas ?? pods, pods) };
}
