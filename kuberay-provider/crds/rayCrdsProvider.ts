import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import { KubernetesError } from "../../kubernetes-api/kubernetesError";
import { unlessMissing } from "../../kubernetes-api/unlessMissing";
import type { Properties } from "../../pulumi-protocol/properties";
import { hasUnknown } from "../../pulumi-protocol/wire";
import type { CallOptions, ResourceState } from "../resourceState";
import { kindsOf, readCrds } from "./crdSource";
import { fieldsLost, type RayCrd } from "./rayCrd";
import { parseCrdsInputs } from "./rayCrdsInputs";

const COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Beside the objects' own, so that who keeps the CRDs can be told in managedFields. */
const FIELD_MANAGER = "rayfleet-crds";
const APPLY = "application/apply-patch+yaml";
const LOOK_INTERVAL_MS = 200;
const ESTABLISHED_WITHIN_MS = 60_000;
/** Enough to tell which release they are of. */
const NAMED_FIELDS = 3;

/**
 * Keeps KubeRay's CRDs at a release, for all stacks of the Kubernetes cluster: by server-side apply, because they are too large for another one; never an older CRD over a
 * newer one, which would drop fields of other stacks' objects; and never removed, because every RayCluster would go with them.
 */
export class RayCrdsProvider {
  readonly #api: KubeApi;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** @throws KubernetesError when the CRDs cannot be had, or the API server refuses them */
  async create(inputs: Properties, options: CallOptions): Promise<Omit<ResourceState, "inputs">> {
    if (hasUnknown(inputs)) return { id: "", outputs: inputs };
    const kept = await this.#bring(inputs, options);
    return { id: options.preview ? "" : "ray.io", outputs: { ...inputs, kept } };
  }

  /** @throws KubernetesError as {@link RayCrdsProvider.create} */
  async update(_previous: Properties, inputs: Properties, options: CallOptions): Promise<Properties> {
    if (hasUnknown(inputs)) return inputs;
    return { ...inputs, kept: await this.#bring(inputs, options) };
  }

  /** @returns undefined when one of them is not there, so that it is made */
  async read({ id, inputs }: Pick<ResourceState, "id" | "inputs">, signal: AbortSignal): Promise<ResourceState | undefined> {
    const { operatorVersion } = parseCrdsInputs(inputs);
    const live = await Promise.all(kindsOf(operatorVersion).map((kind) => this.#live(`${kind.toLowerCase()}s.ray.io`, signal)));
    return live.includes(undefined) ? undefined : { id, inputs, outputs: inputs };
  }

  /** Removes nothing. */
  async delete(): Promise<void> {}

  /** @returns names of those that stay as they are because they are newer */
  async #bring(inputs: Properties, { preview, signal, warn }: CallOptions): Promise<readonly string[]> {
    const { operatorVersion, source } = parseCrdsInputs(inputs);
    const kept: string[] = [];
    for (const crd of await readCrds(operatorVersion, source, signal)) {
      const { name } = crd.metadata;
      const live = await this.#live(name, signal);
      const lost = live === undefined ? [] : fieldsLost(live, crd);
      if (lost.length > 0) {
        kept.push(name);
        const some = lost.slice(0, NAMED_FIELDS).join(", ");
        warn(
          `CRD ${name}: is newer than KubeRay ${operatorVersion} (it has ${some}); left as it is. Raise operator.version to that release.`,
        );
      } else {
        await this.#apply(crd, preview, signal);
      }
    }
    return kept;
  }

  async #apply(crd: RayCrd, preview: boolean, signal: AbortSignal): Promise<void> {
    const { name } = crd.metadata;
    const query = { fieldManager: FIELD_MANAGER, force: "true", ...(preview ? { dryRun: "All" } : {}) };
    const { status: _, ...body } = crd;
    await this.#api.call({ method: "PATCH", path: `${COLLECTION}/${name}`, query, body, contentType: APPLY }, signal);
    if (preview) return;
    const until = performance.now() + ESTABLISHED_WITHIN_MS;
    while (!isEstablished(await this.#live(name, signal))) {
      if (performance.now() > until) throw new KubernetesError(`CRD ${name}: is not established after ${ESTABLISHED_WITHIN_MS / 1000} s.`);
      await sleep(LOOK_INTERVAL_MS, undefined, { signal });
    }
  }

  async #live(name: string, signal: AbortSignal): Promise<RayCrd | undefined> {
    const crd = await unlessMissing(this.#api.call({ method: "GET", path: `${COLLECTION}/${name}` }, signal));
    return crd as RayCrd | undefined;
  }
}

function isEstablished(crd: RayCrd | undefined): boolean {
  return crd?.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") === true;
}
