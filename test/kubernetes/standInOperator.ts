import { setTimeout as sleep } from "node:timers/promises";
import type { RayObject } from "../../kuberay-provider/rayObject";
import type { KubeApi } from "../../kubernetes-api/kubeApi";

/** As much of KubeRay's operator as a status: it takes every generation of every RayCluster for done at once, and makes no pods. */
export class StandInOperator {
  readonly #api: KubeApi;
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  /** Clusters that it does not look at. */
  readonly ignored = new Set<string>();

  constructor(api: KubeApi) {
    this.#api = api;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#tick().catch(() => undefined);
      await sleep(100, undefined, { signal }).catch(() => undefined);
    }
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stopped;
    const { items } = (await this.#api.call({ method: "GET", path: "/apis/ray.io/v1/rayclusters" }, signal)) as { items: RayObject[] };
    for (const { metadata, status } of items) {
      if (this.ignored.has(metadata.name) || status?.["observedGeneration"] === metadata.generation) continue;
      const path = `/apis/ray.io/v1/namespaces/${metadata.namespace}/rayclusters/${metadata.name}/status`;
      const head = { serviceName: `${metadata.name}-head-svc` };
      const body = { status: { observedGeneration: metadata.generation, state: "ready", head } };
      await this.#api.call({ method: "PATCH", path, contentType: "application/merge-patch+json", body }, signal);
    }
  }
}
