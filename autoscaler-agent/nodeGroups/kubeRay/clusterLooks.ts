import type { Clock } from "../../clock";
import { type ClusterPlace, placeText } from "./clusterPlace";
import type { KubeRayCalls } from "./kubeRayCalls";
import { type LiveCluster, type LivePod, podLabels } from "./liveObjects";
import { waitsForNode } from "./podPhase";
import { sizes } from "./workerGroup";

/** A RayCluster and all its pods, which were read after it. */
export interface ClusterLook {
  readonly place: ClusterPlace;
  readonly cluster: LiveCluster;
  readonly headPods: readonly LivePod[];
  readonly podsByGroup: ReadonlyMap<string, readonly LivePod[]>;
  readonly podsByName: ReadonlyMap<string, LivePod>;
}

/** The newest look at each RayCluster. */
export class ClusterLooks {
  readonly #calls: KubeRayCalls;
  readonly #clock: Clock;
  readonly #looks = new Map<string, ClusterLook>();
  /** By cluster and pod, monotonic milliseconds of the first look at which it waited for a node. */
  readonly #waiting = new Map<string, ReadonlyMap<string, number>>();
  /** By cluster and group, the same of the first look at which the operator had made fewer pods than replicas. */
  readonly #lacking = new Map<string, ReadonlyMap<string, number>>();

  constructor(calls: KubeRayCalls, clock: Clock) {
    this.#calls = calls;
    this.#clock = clock;
  }

  /** Reads the cluster and then its pods, so that a name in workersToDelete without a pod is the name of one that is gone. */
  async look(place: ClusterPlace, signal: AbortSignal): Promise<ClusterLook> {
    const cluster = await this.#calls.cluster(place, signal);
    const pods = await this.#calls.pods(place, {}, signal);
    const workers = pods.filter((pod) => nodeType(pod) !== "head");
    const look: ClusterLook = {
      place,
      cluster,
      headPods: pods.filter((pod) => nodeType(pod) === "head"),
      podsByGroup: byGroup(workers),
      podsByName: new Map(pods.map((pod) => [pod.metadata.name, pod])),
    };
    this.#looks.set(placeText(place), look);
    const waiting = workers.filter(waitsForNode).map(({ metadata }) => metadata.name);
    this.#note(this.#waiting, place, waiting);
    this.#note(this.#lacking, place, lackingGroups(look));
    return look;
  }

  /** Undefined: it was never read. */
  newest(place: ClusterPlace): ClusterLook | undefined {
    return this.#looks.get(placeText(place));
  }

  /** The pod of that name, whichever cluster it is of. */
  podNamed(podName: string): { readonly place: ClusterPlace; readonly pod: LivePod } | undefined {
    for (const { place, podsByName } of this.#looks.values()) {
      const pod = podsByName.get(podName);
      if (pod !== undefined) return { place, pod };
    }
    return undefined;
  }

  /** For how long the agent has seen the pod wait, whatever any clock says; 0: it does not. */
  waitedMs(place: ClusterPlace, podName: string): number {
    return this.#sinceMs(this.#waiting, place, podName);
  }

  /** For how long the group was seen to have fewer pods than replicas; 0: it has not. */
  lackedMs(place: ClusterPlace, groupName: string): number {
    return this.#sinceMs(this.#lacking, place, groupName);
  }

  /** Names of the group's workersToDelete, as that look had it, whose pods were gone by then: a name is never given twice. */
  gone(place: ClusterPlace, groupName: string): ReadonlySet<string> {
    const look = this.newest(place);
    const named =
      look?.cluster.spec?.workerGroupSpecs?.find((group) => group.groupName === groupName)?.scaleStrategy?.workersToDelete ?? [];
    return new Set(named.filter((name) => look?.podsByName.has(name) === false));
  }

  #note(kept: Map<string, ReadonlyMap<string, number>>, place: ClusterPlace, names: readonly string[]): void {
    const before = kept.get(placeText(place));
    const nowMs = this.#clock.monotonicMs();
    kept.set(placeText(place), new Map(names.map((name) => [name, before?.get(name) ?? nowMs])));
  }

  #sinceMs(kept: ReadonlyMap<string, ReadonlyMap<string, number>>, place: ClusterPlace, name: string): number {
    const sinceMs = kept.get(placeText(place))?.get(name);
    return sinceMs === undefined ? 0 : this.#clock.monotonicMs() - sinceMs;
  }
}

function lackingGroups({ cluster, podsByGroup }: ClusterLook): string[] {
  return (cluster.spec?.workerGroupSpecs ?? []).flatMap((group) => {
    const { groupName = "", scaleStrategy } = group;
    const named = new Set(scaleStrategy?.workersToDelete);
    const counted = (podsByGroup.get(groupName) ?? []).filter(({ metadata }) => !named.has(metadata.name)).length;
    return counted < sizes(group).desired ? [groupName] : [];
  });
}

function byGroup(workers: readonly LivePod[]): ReadonlyMap<string, readonly LivePod[]> {
  const groups = new Map<string, LivePod[]>();
  for (const pod of workers) {
    const groupName = pod.metadata.labels?.[podLabels.group] ?? "";
    const known = groups.get(groupName);
    if (known === undefined) groups.set(groupName, [pod]);
    else known.push(pod);
  }
  return groups;
}

function nodeType({ metadata }: LivePod): string | undefined {
  return metadata.labels?.[podLabels.nodeType];
}
