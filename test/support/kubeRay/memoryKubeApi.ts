import { isDeepStrictEqual } from "node:util";
import type { LiveCluster, LiveEvent, LivePod } from "../../../autoscaler-agent/nodeGroups/kubeRay/liveObjects";
import type { KubeApiCalls, KubeRequest } from "../../../kubernetes-api/kubeApi";
import { KubernetesError } from "../../../kubernetes-api/kubernetesError";
import { applyJsonPatch, type JsonPatchOperation, PatchRefusedError } from "./jsonPatch";

/** A RayCluster as it is kept: what may not be missing there. */
export type StoredCluster = LiveCluster & {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    generation: number;
    resourceVersion: string;
  };
};

/** One call as the faults of a test see it. */
export interface ApiCall {
  readonly verb: "get" | "list" | "patch";
  readonly resource: "rayclusters" | "pods" | "events" | "pods/log";
  readonly request: KubeRequest;
}

const collections = { pods: "pods", events: "events" } as const;

/**
 * As much of an API server as the agent asks: one namespace with RayClusters, pods and events, versions, selectors, pages, and JSON patches that take effect whole or
 * not at all. Controllers stand outside: `settle` is called before each call, `patched` after one that changed a spec.
 */
export class MemoryKubeApi implements KubeApiCalls {
  readonly clusters = new Map<string, StoredCluster>();
  readonly pods = new Map<string, LivePod>();
  readonly events: LiveEvent[] = [];
  readonly logs = new Map<string, string>();
  /** Verbs and resources that were asked for: what a role must allow. */
  readonly asked = new Set<string>();
  settle: () => void = () => undefined;
  patched: (before: StoredCluster, after: StoredCluster) => void = () => undefined;
  /** Thrown instead of an answer, before or after the call took effect. */
  fault: (call: ApiCall, moment: "before" | "after") => Error | undefined = () => undefined;
  /** So many items in one page, whatever is asked for. */
  mostItems = Number.POSITIVE_INFINITY;
  #version = 0;

  /** Keeps the cluster, and counts its version and, where its spec is another, its generation. */
  keep(
    cluster: LiveCluster & { readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string } },
  ): StoredCluster {
    const before = this.clusters.get(cluster.metadata.name);
    if (before !== undefined && isDeepStrictEqual(before.spec, cluster.spec)) return before;
    this.#version += 1;
    const generation = (before?.metadata.generation ?? 0) + 1;
    const kept = { ...cluster, metadata: { ...cluster.metadata, generation, resourceVersion: String(this.#version) } };
    this.clusters.set(cluster.metadata.name, kept);
    return kept;
  }

  /** As when a controller writes the status: another version of the same generation. */
  touch(name: string): void {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) return;
    this.#version += 1;
    this.clusters.set(name, { ...cluster, metadata: { ...cluster.metadata, resourceVersion: String(this.#version) } });
  }

  async call(request: KubeRequest, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const call = callOf(request);
    this.asked.add(`${call.verb} ${call.resource}`);
    this.settle();
    throwIfAny(this.fault(call, "before"));
    const answer = this.#answer(call);
    throwIfAny(this.fault(call, "after"));
    return structuredClone(answer);
  }

  #answer({ verb, resource, request }: ApiCall): unknown {
    const { path, query = {}, body } = request;
    if (resource === "rayclusters") {
      return verb === "patch" ? this.#patch(path, body as readonly JsonPatchOperation[]) : this.#cluster(path);
    }
    if (resource === "pods/log") return this.#log(path);
    const items =
      resource === "pods"
        ? [...this.pods.values()].filter((pod) => matches(pod, query))
        : this.events.filter((event) => concerns(event, query));
    return this.#page(items, query);
  }

  #cluster(path: string): StoredCluster {
    const name = path.split("/").at(-1) ?? "";
    const found = this.clusters.get(name);
    if (found === undefined) throw new KubernetesError(`GET ${path}: rayclusters.ray.io "${name}" not found (404)`, 404, "NotFound");
    return found;
  }

  #patch(path: string, operations: readonly JsonPatchOperation[]): StoredCluster {
    const before = this.#cluster(path);
    try {
      const after = this.keep(applyJsonPatch(before, operations));
      if (after !== before) this.patched(before, after);
      return after;
    } catch (thrown) {
      if (!(thrown instanceof PatchRefusedError)) throw thrown;
      const said = "the server rejected our request due to an error in our request";
      throw new KubernetesError(`PATCH ${path}: ${said} (422)`, 422, "Invalid");
    }
  }

  #log(path: string): string {
    const podName = path.split("/").at(-2) ?? "";
    if (!this.pods.has(podName)) throw new KubernetesError(`GET ${path}: pods "${podName}" not found (404)`, 404, "NotFound");
    return this.logs.get(podName) ?? "";
  }

  #page(items: readonly unknown[], { limit = "500", continue: from = "0" }: Readonly<Record<string, string>>): object {
    const [begin, count] = [Number(from), Math.min(Number(limit), this.mostItems)];
    const end = begin + count;
    return { items: items.slice(begin, end), metadata: end < items.length ? { continue: String(end) } : {} };
  }
}

function callOf(request: KubeRequest): ApiCall {
  const last = request.path.split("/").at(-1) ?? "";
  if (request.path.includes("/rayclusters/")) {
    return { verb: request.method === "PATCH" ? "patch" : "get", resource: "rayclusters", request };
  }
  if (last === "log") return { verb: "get", resource: "pods/log", request };
  const resource = collections[last as keyof typeof collections];
  if (resource === undefined || request.method !== "GET") throw new Error(`memoryKubeApi: unknown call ${request.method} ${request.path}`);
  return { verb: "list", resource, request };
}

function matches({ metadata }: LivePod, { labelSelector = "", fieldSelector = "" }: Readonly<Record<string, string>>): boolean {
  const labels = labelSelector.split(",").filter((text) => text !== "");
  const [, name] = /^metadata\.name=(.*)$/.exec(fieldSelector) ?? [];
  return (
    (name === undefined || metadata.name === name) &&
    labels.every((text) => {
      const [label = "", value] = text.split("=");
      return metadata.labels?.[label] === value;
    })
  );
}

function concerns({ involvedObject }: LiveEvent, { fieldSelector = "" }: Readonly<Record<string, string>>): boolean {
  return fieldSelector === `involvedObject.kind=${involvedObject?.kind ?? ""},involvedObject.name=${involvedObject?.name ?? ""}`;
}

function throwIfAny(error: Error | undefined): void {
  if (error !== undefined) throw error;
}
