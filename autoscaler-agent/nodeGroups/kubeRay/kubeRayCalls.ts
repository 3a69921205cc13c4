import type { KubeApiCalls } from "../../../kubernetes-api/kubeApi";
import type { ClusterPlace } from "./clusterPlace";
import { type LiveCluster, type LiveEvent, type LivePod, podLabels } from "./liveObjects";
import type { PatchOperation } from "./patches";

/** Shows in metadata.managedFields who set the sizes. */
const FIELD_MANAGER = "rayfleet-agent";
const ITEMS_PER_PAGE = "500";
/** Of a log so many lines and bytes are asked for; the lines of consoleLines.ts are shorter. */
const LOG = { tailLines: "20", limitBytes: "20000" } as const;

/** Which pods of a cluster. */
export interface PodChoice {
  readonly groupName?: string;
  readonly nodeType?: "head" | "worker";
  readonly podName?: string;
}

/** Events of one object. */
export interface EventsOf {
  readonly kind: "RayCluster" | "Pod";
  readonly name: string;
}

/** An answer of the API server that is not what it should be. */
export class UnreadableAnswerError extends Error {
  override readonly name = "UnreadableAnswerError";
}

/**
 * All that the backend asks of the API server: get and patch of the RayCluster, list of pods and events of its namespace, get of a pod's log. Lists are read page
 * by page as of one moment; a page that is lost loses the list.
 */
export class KubeRayCalls {
  readonly #api: KubeApiCalls;

  constructor(api: KubeApiCalls) {
    this.#api = api;
  }

  async cluster(place: ClusterPlace, signal: AbortSignal): Promise<LiveCluster> {
    return (await this.#api.call({ method: "GET", path: clusterPath(place) }, signal)) as LiveCluster;
  }

  async patch(place: ClusterPlace, body: readonly PatchOperation[], signal: AbortSignal): Promise<void> {
    const request = { method: "PATCH", path: clusterPath(place), query: { fieldManager: FIELD_MANAGER }, body } as const;
    await this.#api.call({ ...request, contentType: "application/json-patch+json" }, signal);
  }

  async pods({ namespace, rayClusterName }: ClusterPlace, choice: PodChoice, signal: AbortSignal): Promise<readonly LivePod[]> {
    const wanted = { [podLabels.cluster]: rayClusterName, [podLabels.group]: choice.groupName, [podLabels.nodeType]: choice.nodeType };
    const labelSelector = Object.entries(wanted)
      .flatMap(([label, value]) => (value === undefined ? [] : [`${label}=${value}`]))
      .join(",");
    const query = { labelSelector, ...(choice.podName === undefined ? {} : { fieldSelector: `metadata.name=${choice.podName}` }) };
    const pods = await this.#list<LivePod>(`/api/v1/namespaces/${namespace}/pods`, query, signal);
    if (pods.some((pod) => typeof pod.metadata?.name !== "string")) throw new UnreadableAnswerError("LIST pods: one of them has no name");
    return pods;
  }

  async events({ namespace }: ClusterPlace, { kind, name }: EventsOf, signal: AbortSignal): Promise<readonly LiveEvent[]> {
    const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
    return await this.#list<LiveEvent>(`/api/v1/namespaces/${namespace}/events`, { fieldSelector }, signal);
  }

  async log(
    { namespace }: ClusterPlace,
    { podName, container, ofPrevious }: { podName: string; container: string; ofPrevious: boolean },
    signal: AbortSignal,
  ): Promise<string> {
    const query = { container, ...LOG, ...(ofPrevious ? { previous: "true" } : {}) };
    const answer = await this.#api.call({ method: "GET", path: `/api/v1/namespaces/${namespace}/pods/${podName}/log`, query }, signal);
    return typeof answer === "string" ? answer : "";
  }

  async #list<Item>(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Item[]> {
    const items: Item[] = [];
    let next = "";
    do {
      const paged = { ...query, limit: ITEMS_PER_PAGE, ...(next === "" ? {} : { continue: next }) };
      const page = (await this.#api.call({ method: "GET", path, query: paged }, signal)) as
        | { readonly items?: readonly Item[]; readonly metadata?: { readonly continue?: string } }
        | undefined;
      if (!Array.isArray(page?.items)) throw new UnreadableAnswerError(`LIST ${path}: the answer has no items`);
      items.push(...(page.items as readonly Item[]));
      next = page.metadata?.continue ?? "";
    } while (next !== "");
    return items;
  }
}

function clusterPath({ namespace, rayClusterName }: ClusterPlace): string {
  return `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${rayClusterName}`;
}
