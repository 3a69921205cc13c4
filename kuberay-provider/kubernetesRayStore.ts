import type { KubeApi } from "../kubernetes-api/kubeApi";
import { unlessMissing } from "../kubernetes-api/unlessMissing";
import { placeOf, plurals, type RayObject, type RayPlace } from "./rayObject";
import type { RayStore, Warning, WriteOptions } from "./rayStore";

/** One name, so that what is ours can be read from managedFields, also after an import. */
export const FIELD_MANAGER = "rayfleet";
const ITEMS_PER_PAGE = "500";
const APPLY = "application/apply-patch+yaml";

interface Listed {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>>; readonly creationTimestamp?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string | null } | null;
}

interface Page {
  readonly items: readonly Listed[];
  readonly metadata?: { readonly continue?: string };
}

/** Ray's objects behind one API server. */
export class KubernetesRayStore implements RayStore {
  readonly #api: KubeApi;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  async read(place: RayPlace, signal: AbortSignal): Promise<RayObject | undefined> {
    return await unlessMissing(this.#api.call({ method: "GET", path: pathOf(place) }, signal) as Promise<RayObject>);
  }

  async apply(object: RayObject, { dryRun }: WriteOptions, signal: AbortSignal): Promise<RayObject> {
    const query = { fieldManager: FIELD_MANAGER, force: "true", fieldValidation: "Strict", ...(dryRun ? { dryRun: "All" } : {}) };
    const request = { method: "PATCH", path: pathOf(placeOf(object)), query, body: object, contentType: APPLY } as const;
    return (await this.#api.call(request, signal)) as RayObject;
  }

  async delete(place: RayPlace, signal: AbortSignal): Promise<void> {
    await unlessMissing(this.#api.call({ method: "DELETE", path: pathOf(place), query: { propagationPolicy: "Background" } }, signal));
  }

  async podsByGroup({ namespace, name }: RayPlace, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const pods = new Map<string, number>();
    const labelSelector = `ray.io/cluster=${name},ray.io/node-type=worker`;
    for (const { metadata } of await this.#list(`/api/v1/namespaces/${namespace}/pods`, { labelSelector }, signal)) {
      const groupName = metadata?.labels?.["ray.io/group"];
      if (groupName !== undefined) pods.set(groupName, (pods.get(groupName) ?? 0) + 1);
    }
    return pods;
  }

  async warnings({ kind, namespace, name }: RayPlace, signal: AbortSignal): Promise<readonly Warning[]> {
    const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`;
    const events = await this.#list(`/api/v1/namespaces/${namespace}/events`, { fieldSelector }, signal);
    return events.map(({ reason = "", message = "", lastTimestamp, eventTime, series, metadata }) => ({
      reason,
      message,
      at: series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? "",
    }));
  }

  async #list(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Listed[]> {
    const items: Listed[] = [];
    let next = "";
    do {
      const paged = { ...query, limit: ITEMS_PER_PAGE, ...(next === "" ? {} : { continue: next }) };
      const page = (await this.#api.call({ method: "GET", path, query: paged }, signal)) as Page;
      items.push(...page.items);
      next = page.metadata?.continue ?? "";
    } while (next !== "");
    return items;
  }
}

function pathOf({ kind, namespace, name }: RayPlace): string {
  return `/apis/ray.io/v1/namespaces/${namespace}/${plurals[kind]}/${name}`;
}
