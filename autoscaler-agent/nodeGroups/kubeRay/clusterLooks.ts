import type { Clock } from "../../clock";
import { type ClusterPlace, placeText } from "./clusterPlace";
import type { KubeRayCalls } from "./kubeRayCalls";
import { type LiveCluster, type LivePod, podLabels } from "./liveObjects";
import { waitsForNode } from "./podPhase";

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
      podsByGroup: Map.groupBy(workers, ({ metadata }) => metadata.labels?.[podLabels.group] ?? ""),
      podsByName: new Map(pods.map((pod) => [pod.metadata.name, pod])),
    };
    this.#looks.set(placeText(place), look);
    this.#noteWaiting(look, workers);
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
    const sinceMs = this.#waiting.get(placeText(place))?.get(podName);
    return sinceMs === undefined ? 0 : this.#clock.monotonicMs() - sinceMs;
  }

  /** Names of the group's workersToDelete, as that look had it, whose pods were gone by then: a name is never given twice. */
  gone(place: ClusterPlace, groupName: string): ReadonlySet<string> {
    const look = this.newest(place);
    const named =
      look?.cluster.spec?.workerGroupSpecs?.find((group) => group.groupName === groupName)?.scaleStrategy?.workersToDelete ?? [];
    return new Set(named.filter((name) => look?.podsByName.has(name) === false));
  }

  #noteWaiting({ place }: ClusterLook, workers: readonly LivePod[]): void {
    const before = this.#waiting.get(placeText(place));
    const nowMs = this.#clock.monotonicMs();
    const names = workers.filter(waitsForNode).map(({ metadata }) => metadata.name);
    this.#waiting.set(placeText(place), new Map(names.map((name) => [name, before?.get(name) ?? nowMs])));
  }
}

function nodeType({ metadata }: LivePod): string | undefined {
  return metadata.labels?.[podLabels.nodeType];
}
