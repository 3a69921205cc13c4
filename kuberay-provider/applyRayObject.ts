import { keepAdmission, type PodGroups } from "../components/plan/kubernetes/keepAdmission";
import {
  type LeavingGroup,
  type LiveGroups,
  type MergeableGroup,
  type MergedGroups,
  mergeWorkerGroups,
} from "../components/plan/kubernetes/mergeWorkerGroups";
import { roomForReplicas } from "../components/plan/kubernetes/roomForReplicas";
import { KubernetesError, StaleObjectError } from "../kubernetes-api/kubernetesError";
import { isQueued } from "./awaitOperator";
import { placeOf, placeText, type RayObject } from "./rayObject";
import type { RayStore, WriteOptions } from "./rayStore";
import { replicasAreScaled } from "./scaledReplicas";

/** An autoscaler writes every few seconds at most, and a read and a write take milliseconds: so many losses in a row have another cause. */
const ATTEMPTS = 20;

export interface AppliedObject {
  readonly object: RayObject;
  /** Worker groups that are no longer declared and stay until their pods are gone. */
  readonly leaving: readonly LeavingGroup[];
}

interface ApplyOptions extends WriteOptions {
  readonly signal: AbortSignal;
  /** The object is there, and goes on being the same. @default false */
  readonly isUpdate?: boolean;
  /** What was declared before. @default the same */
  readonly previous?: RayObject;
}

/**
 * Brings an object to what is declared, and leaves what belongs to an autoscaler as it is: read, merge, write over just that version, and all of it again when
 * somebody wrote in between.
 *
 * @throws KubernetesError in the server's words, or when somebody else writes all the time
 */
export async function applyRayObject(store: RayStore, declared: RayObject, options: ApplyOptions): Promise<AppliedObject> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const live = await store.read(placeOf(declared), options.signal);
    const joined = await mergeWithLive(store, declared, { ...options, live });
    const merged =
      live === undefined || !isQueued(declared) ? joined : { ...joined, object: admitted(joined.object, live, options.previous) };
    try {
      return { object: await store.apply(merged.object, options, options.signal), leaving: merged.leaving };
    } catch (thrown) {
      if (!(thrown instanceof StaleObjectError)) throw thrown;
    }
  }
  throw new KubernetesError(
    `${placeText(placeOf(declared))}: was changed by somebody else between each of ${ATTEMPTS} reads and writes; nothing was written. Find who writes to it (metadata.managedFields) and run it again.`,
  );
}

async function mergeWithLive(
  store: RayStore,
  declared: RayObject,
  { signal, live, isUpdate = false }: ApplyOptions & { readonly live: RayObject | undefined },
): Promise<AppliedObject> {
  const { resourceVersion } = live?.metadata ?? {};
  const object = resourceVersion === undefined ? declared : { ...declared, metadata: { ...declared.metadata, resourceVersion } };
  if (declared.kind === "RayJob" && isUpdate) return { object: withItsCluster(object, live), leaving: [] };
  if (declared.kind !== "RayCluster") return { object, leaving: [] };
  const liveGroups = live === undefined ? [] : groupsOf(live);
  const known = new Set(groupsOf(declared).map(({ groupName }) => groupName));
  const allStay = liveGroups.every(({ groupName }) => known.has(groupName));
  const pods = allStay ? new Map<string, number>() : await store.podsByGroup(placeOf(declared), signal);
  const merge = replicasAreScaled(declared) ? mergeWorkerGroups : emptyLeavingGroups;
  const { groups, leaving } = merge(groupsOf(declared), { groups: liveGroups, pods });
  return { object: { ...object, spec: { ...object.spec, workerGroupSpecs: roomForReplicas(declared, groups) } }, leaving };
}

/** Another cluster makes another job, so an update means none; what Kueue has put into the groups since stays. */
function withItsCluster(object: RayObject, live: RayObject | undefined): RayObject {
  const { rayClusterSpec } = live?.spec ?? {};
  return rayClusterSpec === undefined ? object : { ...object, spec: { ...object.spec, rayClusterSpec } };
}

/** With what Kueue wrote into the pod templates of a cluster, or of a service's. */
function admitted(object: RayObject, live: RayObject, previous: RayObject | undefined): RayObject {
  if (object.kind === "RayCluster") return { ...object, spec: keepAdmission(object.spec, { live: live.spec, previous: previous?.spec }) };
  const clusterOf = (one: RayObject | undefined) => one?.spec["rayClusterConfig"] as PodGroups | undefined;
  const [declared, there] = [clusterOf(object), clusterOf(live)];
  if (declared === undefined || there === undefined) return object;
  return { ...object, spec: { ...object.spec, rayClusterConfig: keepAdmission(declared, { live: there, previous: clusterOf(previous) }) } };
}

function groupsOf({ spec }: RayObject): readonly MergeableGroup[] {
  return (spec["workerGroupSpecs"] ?? []) as readonly MergeableGroup[];
}

/**
 * Without an autoscaler the declared replicas hold, and a group that is no longer declared is set to none of them first: the operator ends its pods, and forgets those
 * of a group that it does not see.
 */
function emptyLeavingGroups(
  declared: readonly MergeableGroup[],
  { groups, pods }: LiveGroups<MergeableGroup>,
): MergedGroups<MergeableGroup> {
  const known = new Set(declared.map(({ groupName }) => groupName));
  const left = groups.filter(({ groupName }) => !known.has(groupName) && (pods.get(groupName) ?? 0) > 0);
  return {
    groups: [...declared, ...left.map((group) => ({ ...group, minReplicas: 0, replicas: 0 }))],
    leaving: left.map(({ groupName }) => ({ groupName, pods: pods.get(groupName) ?? 0 })),
  };
}
